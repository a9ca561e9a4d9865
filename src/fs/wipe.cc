// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs/wipe.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "base/trace.h"

namespace vmcraft::fs {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20U;
constexpr std::size_t kSmallest = 512;

// A file without a name from the moment it is open.
base::UniqueFd make_nameless(int directory, const std::string& object) {
  constexpr int kFlags = O_WRONLY | O_CLOEXEC;
  base::UniqueFd file(::openat(directory, ".", kFlags | O_TMPFILE, 0600));
  if (file) return file;
  std::random_device random;
  const std::string name = ".zero-" + std::to_string(random());
  file.reset(base::check(
      ::openat(directory, name.c_str(), kFlags | O_CREAT | O_EXCL | O_NOFOLLOW, 0600), object));
  ::unlinkat(directory, name.c_str(), 0);
  return file;
}

bool is_full(int failure) { return failure == ENOSPC || failure == EDQUOT; }

// Writes until the file system is full (true) or the file is as long as files may be.
bool fill_file(int fd, const std::string& object, const std::function<void(std::size_t)>& written) {
  const std::vector<std::byte> zeroes(kBlock);
  std::size_t length = kBlock;
  while (true) {
    const ssize_t n = ::write(fd, zeroes.data(), length);
    if (n > 0) {
      written(static_cast<std::size_t>(n));
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EFBIG) return false;
    if (n < 0 && !is_full(errno)) base::throw_errno(object);
    if (length == kSmallest) return true;
    length /= 2;
  }
}

// The kernel's name of the block device that a file system is on.
std::string device_name(int directory) {
  struct stat st {};
  base::check(::fstat(directory, &st), "fstat");
  const std::string link =
      "/sys/dev/block/" + std::to_string(major(st.st_dev)) + ":" + std::to_string(minor(st.st_dev));
  std::array<char, 4096> target{};
  const ssize_t n = base::check(::readlink(link.c_str(), target.data(), target.size()), link);
  const std::string path(target.data(), static_cast<std::size_t>(n));
  return path.substr(path.rfind('/') + 1);
}

void write_setting(const std::string& path, const std::string& value) {
  const base::UniqueFd file = base::open_file(path, O_WRONLY);
  base::write_full(file.get(), base::as_bytes(value));
}

}  // namespace

ReserveLifted::ReserveLifted(int directory) {
  try {
    setting_ = "/sys/fs/ext4/" + device_name(directory) + "/reserved_clusters";
    before_ = base::read_text_file(setting_);
    write_setting(setting_, "0");
  } catch (const Error& failure) {
    base::trace("no reserve is lifted: {}", failure.what());
    before_.clear();
  }
}

ReserveLifted::~ReserveLifted() {
  if (before_.empty()) return;
  try {
    write_setting(setting_, before_);
  } catch (const Error& failure) {
    base::trace("{}", failure.what());
  }
}

void discard_device(int fd, const std::string& object, std::uint64_t size_bytes) {
  std::array<std::uint64_t, 2> range = {0, size_bytes};
  base::check(::ioctl(fd, BLKDISCARD, range.data()), object);
}

bool discarded_reads_zero(int fd, const std::string& object) {
  unsigned zero = 0;
  base::check(::ioctl(fd, BLKDISCARDZEROES, &zero), object);
  return zero != 0;
}

std::uint64_t trim(int directory, const std::string& object, const TrimRange& range) {
  fstrim_range wish = {range.offset_bytes, range.length_bytes, range.smallest_extent_bytes};
  base::check(::ioctl(directory, FITRIM, &wish), object);
  return wish.len;
}

void zero_free_space(int directory, const std::string& object,
                     const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  const ReserveLifted lifted(directory);
  struct statvfs facts {};
  base::check(::fstatvfs(directory, &facts), object);
  const std::uint64_t total = facts.f_bfree * facts.f_frsize;
  std::uint64_t done = 0;
  const auto written = [&](std::size_t n) {
    done += n;
    progress(std::min(done, total), total);
  };
  std::vector<base::UniqueFd> files;
  do {
    files.push_back(make_nameless(directory, object));
  } while (!fill_file(files.back().get(), object, written));
  // Zeroes must be on the disk before the files go, or the kernel never writes them.
  base::check(::syncfs(directory), object);
  progress(total, total);
}

}  // namespace vmcraft::fs
