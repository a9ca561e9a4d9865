// SPDX-License-Identifier: LGPL-3.0-or-later
#include "handle/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/error.h"
#include "base/trace.h"
#include "fs/btrfs_device.h"
#include "handle/mounting.h"

namespace vmcraft::handle {
namespace {

bool covers(const std::string& above, const std::string& target) {
  return above == "/" || target == above || target.starts_with(above + "/");
}

// Unmounts on every way out.
class Look {
 public:
  Look(Handle& h, const std::string& mountable, Access access) : table_(h.looking_mounts()) {
    mount_device(h, table_, {access == Access::readonly ? "ro" : "", "", mountable, "/"});
  }
  Look(const Look&) = delete;
  Look& operator=(const Look&) = delete;
  ~Look() {
    try {
      close();
    } catch (const Error& failure) {
      base::trace("unmount: {}", failure.what());
    }
  }

  base::UniqueFd open() const { return table_.root().open("/", O_RDONLY | O_DIRECTORY); }
  void close() { table_.umount_all(); }

 private:
  mount::Table& table_;
};

}  // namespace

probe::Superblock superblock_of(Handle& h, const std::string& mountable) {
  const Device device = h.devices().find(split_mountable(mountable).first);
  const auto view = h.devices().view(device, false);
  return probe::probe(view.fd, view.extent);
}

std::vector<std::string> btrfs_members(Handle& h, const Device& device) {
  const auto view = h.devices().view(device, false);
  const probe::Superblock wanted = probe::probe(view.fd, view.extent);
  if (wanted.type != "btrfs" || fs::btrfs_device_count(view.fd, view.extent.offset_bytes) < 2)
    return {device.name};
  std::vector<std::string> members;
  for (const std::string& name : content_devices(h)) try {
      const probe::Superblock found = superblock_of(h, name);
      if (found.type == "btrfs" && found.uuid == wanted.uuid) members.push_back(name);
    } catch (const Error& failure) {  // a volume that does not open holds nothing
      base::trace("{}", failure.what());
    }
  std::sort(members.begin(), members.end());
  return members;
}

std::optional<base::UniqueFd> open_mounted(Handle& h, const Device& device) {
  if (!h.has_mounts()) return std::nullopt;
  const std::vector<mount::Mounted> list = h.mounts().mounts();
  for (auto entry = list.rbegin(); entry != list.rend(); ++entry) {
    const auto [name, subvolume] = split_mountable(entry->device);
    if (!h.devices().exists(name) || h.devices().find(name).name != device.name) continue;
    const bool hidden = std::any_of(list.rbegin(), entry, [&](const mount::Mounted& later) {
      return covers(later.target, entry->target);
    });
    if (!hidden) return h.root().open_directory(entry->target);
  }
  return std::nullopt;
}

Device device_below(Handle& h, int fd, const std::string& object) {
  struct stat wanted {};
  base::check(::fstat(fd, &wanted), object);
  const std::vector<mount::Mounted> list = h.mounts().mounts();
  // The last first: what is mounted over another hides it.
  for (auto entry = list.rbegin(); entry != list.rend(); ++entry) {
    const auto st = h.root().stat(entry->target);
    if (st && st->st_dev == wanted.st_dev)
      return h.devices().find(split_mountable(entry->device).first);
  }
  base::throw_invalid(object, "no device of this handle is mounted there");
}

void with_file_system(Handle& h, const std::string& name, Access access,
                      const std::function<void(int directory)>& work) {
  if (!is_device_name(name)) return work(h.root().open_directory(name).get());
  const auto [device, subvolume] = split_mountable(name);
  if (subvolume.empty())
    if (const auto directory = open_mounted(h, h.devices().find(device)))
      return work(directory->get());
  Look look(h, name, access);
  work(look.open().get());
  look.close();
}

}  // namespace vmcraft::handle
