// SPDX-License-Identifier: LGPL-3.0-or-later
#include "base/private_dev.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace vmcraft::base {
namespace {

constexpr std::array kHarmless = {"null", "zero", "full", "random", "urandom", "tty",
                                  "mapper/control", "btrfs-control"};
constexpr std::array<std::pair<const char*, const char*>, 4> kLinks = {
    {{"/proc/self/fd", "/dev/fd"},
     {"/proc/self/fd/0", "/dev/stdin"},
     {"/proc/self/fd/1", "/dev/stdout"},
     {"/proc/self/fd/2", "/dev/stderr"}}};

}  // namespace

PrivateDev::PrivateDev(const std::vector<DeviceEntry>& devices) {
  for (const char* name : kHarmless) {
    struct stat st {};
    const std::string path = std::string("/dev/") + name;
    if (::stat(path.c_str(), &st) == 0 && S_ISCHR(st.st_mode)) add(name, S_IFCHR | 0666, st.st_rdev);
  }
  for (const DeviceEntry& device : devices) add(device.name, S_IFBLK | 0660, device.number);
}

void PrivateDev::add(const std::string& name, mode_t type, dev_t number) {
  for (std::size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', slash + 1)) {
    const std::string folder = "/dev/" + name.substr(0, slash);
    if (std::find(folders_.begin(), folders_.end(), folder) == folders_.end())
      folders_.push_back(folder);
  }
  nodes_.push_back({"/dev/" + name, type, number});
}

bool PrivateDev::enter() const noexcept {
  if (::unshare(CLONE_NEWNS) < 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) < 0 ||
      ::mount("tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755") < 0)
    return false;
  // Where programs keep what they know of the machine's devices.
  if (::mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") < 0 && errno != ENOENT)
    return false;
  for (const std::string& folder : folders_)
    if (::mkdir(folder.c_str(), 0755) < 0) return false;
  for (const Node& node : nodes_)
    if (::mknod(node.path.c_str(), node.mode, node.number) < 0) return false;
  for (const auto& [target, link] : kLinks)
    if (::symlink(target, link) < 0) return false;
  return true;
}

}  // namespace vmcraft::base
