// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/image.h"

#include <fcntl.h>

#include "base/error.h"
#include "base/fd.h"
#include "handle/handle.h"
#include "image/create.h"
#include "image/format.h"

namespace vmcraft {
namespace {

image::FormatInfo info_of(const std::string& filename) {
  const base::UniqueFd file = base::open_file(filename, O_RDONLY | O_NONBLOCK);
  return image::detect_format(image::FdReader(file.get()));
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
  std::vector<DiskSnapshot> list;
  for (const image::InternalSnapshot& snapshot : info_of(filename).snapshots)
    list.push_back({snapshot.id, snapshot.name, static_cast<std::int64_t>(snapshot.date_seconds),
                    snapshot.vm_state_bytes, snapshot.disk_size_bytes});
  return list;
}

}  // namespace vmcraft
