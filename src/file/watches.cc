// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/watches.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cstring>

#include "base/error.h"
#include "file/proc_path.h"

namespace vmcraft::file {
namespace {

constexpr std::size_t kBuffer = 64U << 10U;
constexpr std::size_t kMostEvents = 1U << 20U;

void append(std::vector<InotifyEvent>& events, std::string_view bytes) {
  while (bytes.size() >= sizeof(inotify_event)) {
    inotify_event raw{};
    std::memcpy(&raw, bytes.data(), sizeof raw);
    InotifyEvent event;
    event.in_wd = raw.wd;
    event.in_mask = raw.mask;
    event.in_cookie = raw.cookie;
    if (raw.len > 0) event.in_name = std::string(bytes.substr(sizeof raw, raw.len)).c_str();
    events.push_back(std::move(event));
    bytes.remove_prefix(sizeof raw + raw.len);
  }
}

}  // namespace

Watches::Watches() : queue_(base::check(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK), "inotify")) {}

std::int64_t Watches::add(const mount::GuestRoot& root, const std::string& path, std::uint32_t mask) {
  const bool follow = (mask & IN_DONT_FOLLOW) == 0;
  const base::UniqueFd file = root.open(path, O_PATH | (follow ? 0 : O_NOFOLLOW));
  const std::uint32_t kernel_mask = mask & ~std::uint32_t{IN_DONT_FOLLOW};
  return base::check(::inotify_add_watch(queue_.get(), proc_path(file.get()).c_str(), kernel_mask), path);
}

void Watches::remove(int watch) {
  base::check(::inotify_rm_watch(queue_.get(), watch), "watch " + std::to_string(watch));
}

std::vector<InotifyEvent> Watches::read() {
  std::vector<InotifyEvent> events;
  std::string buffer(kBuffer, '\0');
  while (events.size() < kMostEvents) {
    const ssize_t n = ::read(queue_.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    base::check(n, "inotify");
    append(events, std::string_view(buffer).substr(0, static_cast<std::size_t>(n)));
  }
  return events;
}

}  // namespace vmcraft::file
