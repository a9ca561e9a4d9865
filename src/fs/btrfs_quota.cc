// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs/btrfs_quota.h"

#include <endian.h>
#include <sys/ioctl.h>

#include "base/error.h"
#include "fs/btrfs.h"
#include "fs/btrfs_search.h"

namespace vmcraft::fs {

void enable_quota(int fd, const std::string& object, bool enable) {
  btrfs_ioctl_quota_ctl_args arguments{};
  arguments.cmd = enable ? BTRFS_QUOTA_CTL_ENABLE : BTRFS_QUOTA_CTL_DISABLE;
  base::check(::ioctl(fd, BTRFS_IOC_QUOTA_CTL, &arguments), object);
}

void rescan_quota(int fd, const std::string& object) {
  btrfs_ioctl_quota_rescan_args arguments{};
  // EINPROGRESS: one that began before, such as with enabling, counts the same.
  if (::ioctl(fd, BTRFS_IOC_QUOTA_RESCAN, &arguments) < 0 && errno != EINPROGRESS)
    base::throw_errno(object);
  base::check(::ioctl(fd, BTRFS_IOC_QUOTA_RESCAN_WAIT), object);
}

void create_qgroup(int fd, const std::string& object, std::uint64_t id, bool create) {
  btrfs_ioctl_qgroup_create_args arguments{};
  arguments.create = create ? 1 : 0;
  arguments.qgroupid = id;
  base::check(::ioctl(fd, BTRFS_IOC_QGROUP_CREATE, &arguments), object + ": " + format_qgroup(id));
}

void limit_subvolume(int fd, const std::string& object, std::uint64_t size_bytes) {
  btrfs_ioctl_qgroup_limit_args arguments{};
  arguments.lim.flags = BTRFS_QGROUP_LIMIT_MAX_RFER;
  // All ones take a limit away.
  arguments.lim.max_rfer = size_bytes == 0 ? ~std::uint64_t{0} : size_bytes;
  base::check(::ioctl(fd, BTRFS_IOC_QGROUP_LIMIT, &arguments), object);
}

void assign_qgroup(int fd, const std::string& object, std::uint64_t member, std::uint64_t group,
                   bool assign) {
  btrfs_ioctl_qgroup_assign_args arguments{};
  arguments.assign = assign ? 1 : 0;
  arguments.src = member;
  arguments.dst = group;
  const int inconsistent =
      base::check(::ioctl(fd, BTRFS_IOC_QGROUP_ASSIGN, &arguments),
                  object + ": " + format_qgroup(member) + " in " + format_qgroup(group));
  if (inconsistent > 0) rescan_quota(fd, object);
}

std::vector<Btrfsqgroup> list_qgroups(int fd, const std::string& object) {
  // The tree has what the last transaction wrote.
  base::check(::ioctl(fd, BTRFS_IOC_SYNC), object);
  std::vector<Btrfsqgroup> list;
  const ItemRange range = {
      .tree = BTRFS_QUOTA_TREE_OBJECTID, .last_object = 0, .type = BTRFS_QGROUP_INFO_KEY};
  const bool enabled = search_tree(fd, object, range, [&list](const Item& item) {
    const auto info = item.as<btrfs_qgroup_info_item>();
    if (info)
      list.push_back({format_qgroup(item.offset), le64toh(info->rfer), le64toh(info->excl)});
  });
  if (!enabled) base::throw_invalid(object, "quotas are not enabled");
  return list;
}

}  // namespace vmcraft::fs
