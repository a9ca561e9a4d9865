// SPDX-License-Identifier: LGPL-3.0-or-later
#include "image/loop.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/kernel_module.h"

namespace vmcraft::image {
namespace {

base::UniqueFd open_node(int number, int flags) {
  const std::string path = "/dev/loop" + std::to_string(number);
  int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) {  // no devtmpfs: containers have a fixed /dev
    ::mknod(path.c_str(), S_IFBLK | 0600, makedev(7, static_cast<unsigned>(number)));
    fd = ::open(path.c_str(), flags | O_CLOEXEC);
  }
  return base::UniqueFd(base::check(fd, path));
}

base::UniqueFd open_control() {
  constexpr const char* kControl = "/dev/loop-control";
  const int fd = ::open(kControl, O_RDWR | O_CLOEXEC);
  if (fd >= 0) return base::UniqueFd(fd);
  base::try_load_module("loop");
  return base::open_file(kControl, O_RDWR);
}

loop_config configuration(const LoopRequest& request) {
  loop_config config{};
  config.fd = static_cast<__u32>(request.backing_fd);
  config.block_size = request.sector_size_bytes;
  config.info.lo_offset = request.extent.offset_bytes;
  config.info.lo_sizelimit = request.extent.size_bytes;
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
  if (!request.writable) config.info.lo_flags |= LO_FLAGS_READ_ONLY;
  if (request.direct) config.info.lo_flags |= LO_FLAGS_DIRECT_IO;
  return config;
}

}  // namespace

std::shared_ptr<BlockNode> make_loop(const LoopRequest& request) {
  const base::UniqueFd control = open_control();
  loop_config config = configuration(request);
  // Another process may take the free device between the two calls: EBUSY means ask again.
  constexpr int kAttempts = 1000;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const int number = base::check(::ioctl(control.get(), LOOP_CTL_GET_FREE), "loop: free device");
    base::UniqueFd node = open_node(number, request.writable ? O_RDWR : O_RDONLY);
    if (::ioctl(node.get(), LOOP_CONFIGURE, &config) == 0)
      return std::make_shared<BlockNode>("/dev/loop" + std::to_string(number), std::move(node));
    if (errno == EINVAL && request.direct) {
      config.info.lo_flags &= ~static_cast<__u32>(LO_FLAGS_DIRECT_IO);
      if (::ioctl(node.get(), LOOP_CONFIGURE, &config) == 0)
        return std::make_shared<BlockNode>("/dev/loop" + std::to_string(number), std::move(node));
    }
    if (errno != EBUSY) base::throw_errno("loop: configure");
  }
  base::throw_errno("loop: configure", EBUSY);
}

void end_direct_io(const BlockNode& node) {
  struct stat st {};
  base::check(::fstat(node.fd(), &st), node.path());
  const std::string folder = "/sys/dev/block/" + std::to_string(major(st.st_rdev)) + ":" +
                             std::to_string(minor(st.st_rdev));
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/slaves", missing)) {
    const std::string path = "/dev/" + entry.path().filename().string();
    base::UniqueFd below(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (below) end_direct_io({path, std::move(below)});
  }
  ::ioctl(node.fd(), LOOP_SET_DIRECT_IO, 0UL);  // fails on all others, which is right
}

}  // namespace vmcraft::image
