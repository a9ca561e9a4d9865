// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/md/kernel_array.h"

#include <fcntl.h>
#include <linux/major.h>
#include <linux/raid/md_u.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/error.h"
#include "base/kernel_module.h"
#include "base/trace.h"
#include "volume/base/raid6.h"

namespace vmcraft::volume::md {
namespace {

constexpr const char* kParameters = "/sys/module/md_mod/parameters/";

base::UniqueFd open_parameter(const std::string& name, int flags) {
  return base::UniqueFd(::open((kParameters + name).c_str(), flags | O_CLOEXEC));
}

bool write_text(int fd, const std::string& text) {
  return ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

/// Lets the kernel start arrays that lack members and were not closed well, while it lives.
class DirtyStart {
 public:
  explicit DirtyStart(bool wanted) {
    if (wanted) file_ = open_parameter("start_dirty_degraded", O_WRONLY);
    if (file_) write_text(file_.get(), "1");
  }
  DirtyStart(const DirtyStart&) = delete;
  DirtyStart& operator=(const DirtyStart&) = delete;
  ~DirtyStart() {
    if (file_) write_text(file_.get(), "0");
  }

 private:
  base::UniqueFd file_;
};

mdu_array_info_t array_info(const Superblock& superblock) {
  mdu_array_info_t info{};
  const bool old = superblock.version == "0.90";
  info.major_version = old ? 0 : 1;
  info.minor_version = old ? 90 : superblock.version.back() - '0';
  return info;
}

}  // namespace

KernelArray::KernelArray(const std::string& device, const Superblock& superblock,
                         std::vector<std::shared_ptr<image::BlockNode>> parts, bool writable,
                         bool force)
    : writable_(writable), parts_(std::move(parts)) {
  if (superblock.level == 6) require_raid6(device);
  reserve(device);
  mdu_array_info_t info = array_info(superblock);
  base::check(::ioctl(node_->fd(), SET_ARRAY_INFO, &info), device);
  try {
    for (const std::shared_ptr<image::BlockNode>& part : parts_) {
      struct stat st {};
      base::check(::fstat(part->fd(), &st), part->path());
      mdu_disk_info_t disk{};
      disk.major = static_cast<int>(major(st.st_rdev));
      disk.minor = static_cast<int>(minor(st.st_rdev));
      base::check(::ioctl(node_->fd(), ADD_NEW_DISK, &disk), device + ": add member");
    }
    run(device, force);
  } catch (...) {
    ::ioctl(node_->fd(), STOP_ARRAY, 0);
    throw;
  }
}

// Asks the kernel for a number that nobody has: by a parameter that refuses those in use.
void KernelArray::reserve(const std::string& device) {
  base::try_load_module("md-mod");
  const base::UniqueFd file = open_parameter("new_array", O_WRONLY);
  if (!file)
    base::throw_not_supported(device, "this kernel has no software RAID; choose the uml engine");
  constexpr int kHighest = 511;
  for (int number = kHighest; number >= 0; --number) {
    name_ = "md" + std::to_string(number);
    if (::access(("/sys/block/" + name_).c_str(), F_OK) == 0) continue;
    lease_.emplace(Lease::What::array, name_);
    if (write_text(file.get(), name_)) {
      const std::string path = "/dev/" + name_;
      if (::access(path.c_str(), F_OK) != 0)
        ::mknod(path.c_str(), S_IFBLK | 0600, makedev(MD_MAJOR, static_cast<unsigned>(number)));
      node_ = std::make_shared<image::BlockNode>(
          path, base::open_file(path, writable_ ? O_RDWR : O_RDONLY));
      return;
    }
    lease_.reset();
    if (errno != EEXIST && errno != EBUSY) base::throw_errno(device + ": new array");
  }
  base::throw_errno(device + ": new array", EBUSY);
}

void KernelArray::set(const std::string& attribute, const std::string& value) const {
  const std::string path = "/sys/block/" + name_ + "/md/" + attribute;
  const base::UniqueFd file = base::open_file(path, O_WRONLY);
  if (!write_text(file.get(), value)) base::throw_errno(value);
}

void KernelArray::run(const std::string& device, bool force) {
  const DirtyStart dirty(force);
  try {
    set("array_state", writable_ ? "read-auto" : "readonly");
  } catch (const Error& failure) {
    throw Error(failure.code(), failure.errno_value(),
                device + ": the kernel does not start it: " + failure.what());
  }
  base::trace("{}: runs as {}", device, name_);
}

void KernelArray::stop() {
  if (!node_) return;
  if (writable_) base::check(::fsync(node_->fd()), name_);
  // A mapping on it that was closed just now goes a moment later.
  constexpr auto kPatience = std::chrono::milliseconds(500);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (::ioctl(node_->fd(), STOP_ARRAY, 0) < 0) {
    if (errno != EBUSY || std::chrono::steady_clock::now() > end) base::throw_errno(name_);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  node_.reset();
  lease_.reset();
  parts_.clear();
}

KernelArray::~KernelArray() {
  try {
    stop();
  } catch (const Error& failure) {
    base::trace("{}", failure.what());
  }
}

}  // namespace vmcraft::volume::md
