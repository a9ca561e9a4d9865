// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs/btrfs_device.h"

#include <endian.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <sys/ioctl.h>

#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/fd.h"

namespace vmcraft::fs {
namespace {

// Of the superblock: doc "On-disk format" of btrfs.
constexpr std::uint64_t kSuperblock = 65536;
constexpr std::uint64_t kDeviceCount = 136;

btrfs_ioctl_vol_args named(const std::string& name) {
  btrfs_ioctl_vol_args arguments{};
  if (name.size() >= sizeof arguments.name) base::throw_errno(name, ENAMETOOLONG);
  std::memcpy(arguments.name, name.data(), name.size());
  return arguments;
}

template <typename Array>
void put(Array& array, const std::string& path) {
  if (path.size() >= sizeof array) base::throw_errno(path, ENAMETOOLONG);
  std::memcpy(array, path.data(), path.size());
}

std::uint32_t compress_number(const std::string& name) {
  constexpr const char* kNames[] = {"", "zlib", "lzo", "zstd"};
  for (std::uint32_t i = 0; i < std::size(kNames); ++i)
    if (name == kNames[i]) return i;
  base::throw_invalid("compress", "'" + name + "' is not one of zlib, lzo, zstd");
}

void control_balance(int fd, const std::string& object, int command) {
  if (::ioctl(fd, BTRFS_IOC_BALANCE_CTL, command) == 0) return;
  if (errno == ENOTCONN)
    throw Error(ErrorCode::system, ENOTCONN, object + ": no balance is running");
  base::throw_errno(object);
}

// 1: it was cancelled or paused from elsewhere.
void run_balance(int fd, const std::string& object, std::uint64_t flags) {
  btrfs_ioctl_balance_args arguments{};
  arguments.flags = flags;
  if (::ioctl(fd, BTRFS_IOC_BALANCE_V2, &arguments) == 0) return;
  if (errno == ENOTCONN)
    throw Error(ErrorCode::system, ENOTCONN, object + ": no balance is paused");
  if (errno == ECANCELED) throw Error(ErrorCode::system, ECANCELED, object + ": was stopped");
  base::throw_errno(object);
}

}  // namespace

BtrfsFacts btrfs_facts(int fd, const std::string& object) {
  btrfs_ioctl_fs_info_args info{};
  if (::ioctl(fd, BTRFS_IOC_FS_INFO, &info) < 0) {
    if (errno == ENOTTY) base::throw_invalid(object, "is not on a btrfs");
    base::throw_errno(object);
  }
  BtrfsFacts facts{std::string(reinterpret_cast<const char*>(info.fsid), sizeof info.fsid), {}};
  for (std::uint64_t id = 1; id <= info.max_id && facts.device_ids.size() < info.num_devices;
       ++id) {
    btrfs_ioctl_dev_info_args device{};
    device.devid = id;
    if (::ioctl(fd, BTRFS_IOC_DEV_INFO, &device) == 0) facts.device_ids.push_back(id);
  }
  return facts;
}

std::uint64_t btrfs_device_count(int fd, std::uint64_t offset_bytes) {
  std::uint64_t count = 0;
  base::pread_full(fd, std::as_writable_bytes(std::span(&count, 1)),
                   offset_bytes + kSuperblock + kDeviceCount);
  return le64toh(count);
}

void forget_btrfs_device(const std::string& path) {
  const base::UniqueFd control(::open("/dev/btrfs-control", O_RDWR | O_CLOEXEC));
  btrfs_ioctl_vol_args arguments = named(path);
  if (control) ::ioctl(control.get(), BTRFS_IOC_FORGET_DEV, &arguments);
}

void add_device(int fd, const std::string& object, const std::string& path) {
  btrfs_ioctl_vol_args arguments = named(path);
  base::check(::ioctl(fd, BTRFS_IOC_ADD_DEV, &arguments), object);
}

void delete_device(int fd, const std::string& object, const std::string& path) {
  btrfs_ioctl_vol_args arguments = named(path);
  const int result = base::check(::ioctl(fd, BTRFS_IOC_RM_DEV, &arguments), object);
  // The kernel has numbers of its own for what profiles need.
  if (result > 0)
    base::throw_invalid(object, "the profile of the file system needs as many devices as it has");
}

void replace_device(int fd, const std::string& object, const std::string& source,
                    const std::string& target) {
  btrfs_ioctl_dev_replace_args arguments{};
  arguments.cmd = BTRFS_IOCTL_DEV_REPLACE_CMD_START;
  put(arguments.start.srcdev_name, source);
  put(arguments.start.tgtdev_name, target);
  arguments.result = std::numeric_limits<std::uint64_t>::max();
  base::check(::ioctl(fd, BTRFS_IOC_DEV_REPLACE, &arguments), object);
  if (arguments.result == BTRFS_IOCTL_DEV_REPLACE_RESULT_ALREADY_STARTED)
    throw Error(ErrorCode::system, EBUSY, object + ": a device is being replaced already");
  if (arguments.result == BTRFS_IOCTL_DEV_REPLACE_RESULT_SCRUB_INPROGRESS)
    throw Error(ErrorCode::system, EBUSY, object + ": a scrub is running");
}

void resize_btrfs(int fd, const std::string& object, std::optional<std::uint64_t> size_bytes) {
  btrfs_ioctl_vol_args arguments = named(size_bytes ? std::to_string(*size_bytes) : "max");
  base::check(::ioctl(fd, BTRFS_IOC_RESIZE, &arguments), object);
}

void sync_btrfs(int fd, const std::string& object) {
  base::check(::ioctl(fd, BTRFS_IOC_SYNC), object);
}

void defragment(int fd, bool directory, const std::string& object, const DefragmentSpec& spec) {
  constexpr std::uint32_t kLargeEnough = 32U << 20U;
  const std::uint32_t compress = compress_number(spec.compress);
  if (directory) {
    base::check(::ioctl(fd, BTRFS_IOC_DEFRAG, nullptr), object);
    return;
  }
  btrfs_ioctl_defrag_range_args range{};
  range.len = std::numeric_limits<std::uint64_t>::max();
  range.extent_thresh = kLargeEnough;
  range.compress_type = compress;
  if (compress != 0) range.flags |= BTRFS_DEFRAG_RANGE_COMPRESS;
  if (spec.flush) range.flags |= BTRFS_DEFRAG_RANGE_START_IO;
  base::check(::ioctl(fd, BTRFS_IOC_DEFRAG_RANGE, &range), object);
}

void balance(int fd, const std::string& object) {
  run_balance(fd, object, BTRFS_BALANCE_TYPE_MASK);
}

void resume_balance(int fd, const std::string& object) {
  run_balance(fd, object, BTRFS_BALANCE_RESUME);
}

void pause_balance(int fd, const std::string& object) {
  control_balance(fd, object, BTRFS_BALANCE_CTL_PAUSE);
}

void cancel_balance(int fd, const std::string& object) {
  control_balance(fd, object, BTRFS_BALANCE_CTL_CANCEL);
}

Btrfsbalance balance_status(int fd, const std::string& object) {
  btrfs_ioctl_balance_args arguments{};
  Btrfsbalance status;
  if (::ioctl(fd, BTRFS_IOC_BALANCE_PROGRESS, &arguments) < 0) {
    if (errno != ENOTCONN) base::throw_errno(object);
    status.btrfsbalance_status = "none";
    return status;
  }
  const std::uint64_t total = arguments.stat.expected;
  const std::uint64_t done = arguments.stat.completed;
  status.btrfsbalance_status =
      (arguments.state & BTRFS_BALANCE_STATE_RUNNING) != 0 ? "running" : "paused";
  status.btrfsbalance_total = total;
  status.btrfsbalance_balanced = done;
  status.btrfsbalance_considered = arguments.stat.considered;
  status.btrfsbalance_left = total == 0 || done > total ? 0 : 100 - 100 * done / total;
  return status;
}

}  // namespace vmcraft::fs
