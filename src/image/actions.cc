// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/image.h"

#include <fcntl.h>

#include "base/fd.h"
#include "handle/drives.h"
#include "handle/handle.h"
#include "image/create.h"
#include "image/format.h"
#include "image/snapshot.h"

namespace vmcraft {

using handle::Handle;

namespace {

image::FormatInfo info_of(const std::string& filename) {
  const base::UniqueFd file = base::open_file(filename, O_RDONLY | O_NONBLOCK);
  return image::detect_format(image::FdReader(file.get()));
}

std::vector<DiskSnapshot> rows_of(const std::vector<image::InternalSnapshot>& snapshots) {
  std::vector<DiskSnapshot> rows;
  for (const image::InternalSnapshot& snapshot : snapshots)
    rows.push_back({snapshot.id, snapshot.name, static_cast<std::int64_t>(snapshot.date_seconds),
                    snapshot.vm_state_bytes, snapshot.disk_size_bytes});
  return rows;
}

}  // namespace

void action::disk_create(Handle&, const std::string& filename, const std::string& format,
                         std::int64_t size, const DiskCreateOptions& options) {
  image::create_image({filename, format, size, options.backingfile, options.backingformat,
                       options.preallocation, options.compat, options.clustersize},
                      base::system_runner());
}

std::string action::disk_format(Handle&, const std::string& filename) {
  return info_of(filename).format;
}

std::int64_t action::disk_virtual_size(Handle&, const std::string& filename) {
  return static_cast<std::int64_t>(info_of(filename).virtual_size_bytes);
}

bool action::disk_has_backing_file(Handle&, const std::string& filename) {
  return info_of(filename).backing_file.has_value();
}

std::vector<DiskSnapshot> action::disk_snapshots(Handle&, const std::string& filename) {
  return rows_of(info_of(filename).snapshots);
}

std::vector<DiskSnapshot> action::snapshot_list(Handle&, const std::string& filename) {
  return rows_of(image::snapshots_of(filename));
}

void action::snapshot_create(Handle& h, const std::string& filename, const std::string& name) {
  handle::require_closed(h, filename);
  image::create_snapshot(filename, name, base::system_runner());
}

void action::snapshot_delete(Handle& h, const std::string& filename, const std::string& snapshot) {
  handle::require_closed(h, filename);
  image::delete_snapshot(filename, snapshot, base::system_runner());
}

void action::snapshot_revert(Handle& h, const std::string& filename, const std::string& snapshot) {
  handle::require_closed(h, filename);
  image::revert_to_snapshot(filename, snapshot, base::system_runner());
}

}  // namespace vmcraft
