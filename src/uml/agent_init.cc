// SPDX-License-Identifier: LGPL-3.0-or-later
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/kernel_module.h"
#include "uml/agent.h"

namespace vmcraft::uml {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kReadAheadKib = "4096";
constexpr std::string_view kWholePagesKib = "124";
constexpr const char* kRunFolder = "/run/vmcraft";
constexpr const char* kTempFolder = "/run/tmp";
constexpr const char* kModulesLink = "/run/vmcraft/modules";
constexpr const char* kModprobeLink = "/run/vmcraft/modprobe";

std::vector<std::string>& disk_nodes() {
  static std::vector<std::string> nodes;
  return nodes;
}

void mount_at(const char* type, const char* target, unsigned long flags, const char* options) {
  if (::mount(type, target, type, flags, options) < 0 && errno != EBUSY) base::throw_errno(target);
}

void write_setting(const char* path, std::string_view value) {
  const base::UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
  if (file && ::write(file.get(), value.data(), value.size()) < 0) base::throw_errno(path);
}

void mount_system() {
  constexpr unsigned long kSafe = MS_NOSUID | MS_NODEV;
  mount_at("proc", "/proc", kSafe | MS_NOEXEC, nullptr);
  mount_at("sysfs", "/sys", kSafe | MS_NOEXEC, nullptr);
  mount_at("devtmpfs", "/dev", MS_NOSUID, "mode=0755");
  mount_at("tmpfs", "/run", kSafe, "mode=0755");
  ::mkdir(kRunFolder, 0755);
  ::mkdir(kTempFolder, 01777);
  write_setting("/sys/kernel/uevent_helper", "\n");  // else a program is started for each event
}

// The kernel's own requests for modules come back to this program.
void offer_modules(const std::optional<std::string>& folder) {
  if (!folder) return;
  base::check(::symlink(folder->c_str(), kModulesLink), kModulesLink);
  base::check(::symlink("/proc/1/exe", kModprobeLink), kModprobeLink);
  write_setting("/proc/sys/kernel/modprobe", kModprobeLink);
}

void take_environment(const std::vector<std::string>& environment) {
  ::setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
  ::setenv("DM_DISABLE_UDEV", "1", 1);
  ::setenv("TMPDIR", kTempFolder, 1);  // the host's /tmp may hold this very program
  for (const std::string& entry : environment) {
    const std::size_t equal = entry.find('=');
    if (equal == std::string::npos) continue;
    ::setenv(entry.substr(0, equal).c_str(), entry.substr(equal + 1).c_str(), 1);
  }
}

// All vhost-user disks have one serial: only the transport's number tells them apart.
std::string vhost_node(std::uint64_t index) {
  const std::string device = "/sys/bus/platform/devices/virtio-uml." + std::to_string(index);
  std::error_code failure;
  for (const fs::directory_entry& entry : fs::directory_iterator(device, failure)) {
    if (entry.path().filename().string().rfind("virtio", 0) != 0) continue;
    for (const fs::directory_entry& block : fs::directory_iterator(entry.path() / "block", failure))
      return "/dev/" + block.path().filename().string();
  }
  throw Error(ErrorCode::engine, ENODEV, "engine: disk " + device + ": no block device came up");
}

std::string node_of(const DiskPlace& place) {
  if (place.vhost) return vhost_node(place.index);
  return std::string("/dev/ubd") + static_cast<char>('a' + place.index);
}

void bring_up_disks(const std::vector<DiskPlace>& disks,
                    const std::optional<std::string>& modules) {
  const bool vhost =
      std::any_of(disks.begin(), disks.end(), [](const DiskPlace& place) { return place.vhost; });
  if (vhost && ::access("/sys/bus/virtio/drivers/virtio_blk", F_OK) != 0) {
    if (!modules) base::throw_not_supported("virtio_blk", "no modules for the engine's kernel");
    base::KernelModules(*modules).load("virtio_blk");
  }
  for (const DiskPlace& place : disks) {
    const std::string node = node_of(place);
    const std::string queue = "/sys/block/" + node.substr(5) + "/queue/";
    // A request costs more here than on a host: read ahead in larger ones.
    write_setting((queue + "read_ahead_kb").c_str(), kReadAheadKib);
    // ubd's own 127 KiB would cut through pages.
    if (!place.vhost) write_setting((queue + "max_sectors_kb").c_str(), kWholePagesKib);
    disk_nodes().push_back(node);
  }
}

}  // namespace

std::unique_ptr<AgentChannel> agent_init() {
  mount_system();
  auto agent = std::make_unique<AgentChannel>();
  try {
    const auto modules = base::KernelModules::find_folder(agent->hello().modules_dir);
    offer_modules(modules);
    take_environment(agent->hello().environment);
    bring_up_disks(agent->hello().disks, modules);
  } catch (...) {
    agent->refuse();
    throw;
  }
  return agent;
}

std::vector<std::string> agent_disks() { return disk_nodes(); }

bool serve_module_request(int argc, char** argv, int& status) {
  if (argc != 4 || std::strcmp(argv[1], "-q") != 0 || std::strcmp(argv[2], "--") != 0) return false;
  try {
    base::KernelModules(kModulesLink).load(argv[3]);
    status = 0;
  } catch (const std::exception&) {  // asked quietly: the kernel asks for many that do not exist
    status = 1;
  }
  return true;
}

}  // namespace vmcraft::uml
