// SPDX-License-Identifier: LGPL-3.0-or-later
#include <algorithm>

#include "actions/file.h"
#include "base/error.h"
#include "handle/handle.h"
#include "handle/opened.h"

namespace vmcraft {
namespace {

using handle::Handle;

file::Watches& watches(Handle& h) {
  if (!h.opened->watches) base::throw_state("nothing is watched", "call inotify_init first");
  return *h.opened->watches;
}

}  // namespace

void action::inotify_init(Handle& h, int maxevents) {
  if (maxevents < 0) base::throw_invalid("maxevents", "is negative");
  h.opened->watches = std::make_unique<file::Watches>();
}

std::int64_t action::inotify_add_watch(Handle& h, const std::string& path, int mask) {
  return watches(h).add(h.root(), path, static_cast<std::uint32_t>(mask));
}

void action::inotify_rm_watch(Handle& h, int wd) { watches(h).remove(wd); }

std::vector<InotifyEvent> action::inotify_read(Handle& h) { return watches(h).read(); }

std::vector<std::string> action::inotify_files(Handle& h) {
  std::vector<std::string> names;
  for (InotifyEvent& event : watches(h).read())
    if (!event.in_name.empty()) names.push_back(std::move(event.in_name));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void action::inotify_close(Handle& h) {
  watches(h);
  h.opened->watches.reset();
}

}  // namespace vmcraft
