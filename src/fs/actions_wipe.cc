// SPDX-License-Identifier: LGPL-3.0-or-later
// Taking away what was deleted, or everything.
#include <fcntl.h>
#include <unistd.h>

#include "actions/fs.h"
#include "base/error.h"
#include "fs/wipe.h"
#include "handle/tool.h"

namespace vmcraft {

using handle::Device;
using handle::Handle;
using handle::Tool;

namespace {

std::uint64_t not_negative(const std::optional<std::int64_t>& value, const char* name,
                           std::uint64_t otherwise) {
  if (value && *value < 0) base::throw_invalid(name, "must not be negative");
  return value ? static_cast<std::uint64_t>(*value) : otherwise;
}

}  // namespace

void action::zero_free_space(Handle& h, const std::string& directory) {
  const base::UniqueFd top = h.root().open_directory(directory);
  fs::zero_free_space(top.get(), directory, [&h](std::uint64_t done, std::uint64_t total) {
    h.check_cancelled();
    h.progress(done, total);
  });
}

void action::zerofree(Handle& h, const std::string& device) {
  Tool(h, "zerofree").writes(device).run();
}

void action::blkdiscard(Handle& h, const std::string& device) {
  const Device found = h.devices().find(device);
  handle::require_not_mounted(h, found);
  fs::discard_device(h.devices().node(found, true)->fd(), device, found.extent.size_bytes);
  h.devices().wrote(found);
}

bool action::blkdiscardzeroes(Handle& h, const std::string& device) {
  const auto node = h.devices().node(h.devices().find(device), false);
  return fs::discarded_reads_zero(node->fd(), device);
}

void action::fstrim(Handle& h, const std::string& mountpoint, const FstrimOptions& options) {
  fs::TrimRange range;
  range.offset_bytes = not_negative(options.offset, "offset", range.offset_bytes);
  range.length_bytes = not_negative(options.length, "length", range.length_bytes);
  range.smallest_extent_bytes =
      not_negative(options.minimumfreeextent, "minimumfreeextent", range.smallest_extent_bytes);
  fs::trim(h.root().open_directory(mountpoint).get(), mountpoint, range);
}

void action::scrub_device(Handle& h, const std::string& device) {
  Tool(h, "scrub").args("-f").writes(device).run();
}

void action::scrub_file(Handle& h, const std::string& file) {
  const base::UniqueFd content = h.root().open_regular(file, O_RDWR);
  Tool(h, "scrub").args("-f").opened(content.get()).run();
  const mount::GuestRoot::Entry entry = h.root().entry(file);
  base::check(::unlinkat(entry.directory.get(), entry.name.c_str(), 0), file);
}

void action::scrub_freespace(Handle& h, const std::string& dir) {
  const mount::GuestRoot::Entry entry = h.root().entry(dir);
  const fs::ReserveLifted lifted(entry.directory.get());
  Tool(h, "scrub").args("-X").opened(entry.directory.get(), entry.name).run();
}

}  // namespace vmcraft
