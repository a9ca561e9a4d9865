// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/boot.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/helper.h"
#include "base/process.h"

namespace vmcraft::uml {
namespace {

constexpr std::size_t kUbdDisks = 16;
constexpr std::uint64_t kSlackBytes = 8U << 20U;  // sockets, and what the kernel rounds up

bool is_block_device(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && S_ISBLK(found.st_mode);
}

std::string json_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

std::string raw_blockdev(const Disk& disk, const std::string& node) {
  const char* driver = is_block_device(disk.raw_path) ? "host_device" : "file";
  return "{\"driver\":" + json_string(driver) + ",\"node-name\":" + json_string(node) +
         ",\"filename\":" + json_string(disk.raw_path) + ",\"discard\":\"unmap\"" +
         (disk.readonly ? ",\"read-only\":true}" : "}");
}

void add_export(std::vector<std::string>& argv, const Disk& disk, std::size_t index) {
  const std::string number = std::to_string(index);
  std::string node = disk.node;
  if (!disk.raw_path.empty()) {
    node = "raw" + number;
    argv.insert(argv.end(), {"--blockdev", raw_blockdev(disk, node)});
  }
  for (const std::string& blockdev : disk.blockdevs)
    argv.insert(argv.end(), {"--blockdev", blockdev});
  argv.insert(argv.end(),
              {"--export", "type=vhost-user-blk,id=e" + number + ",node-name=" + node +
                               ",addr.type=fd,addr.str=" +
                               std::to_string(kFirstExportFd + static_cast<int>(index)) +
                               ",writable=" + (disk.readonly ? "off" : "on") +
                               ",logical-block-size=" + std::to_string(disk.sector_bytes)});
}

std::vector<std::string> kernel_argv(const EngineOptions& options, const DiskPlan& plan) {
  const std::string folder(kFolderToken);
  std::vector<std::string> argv{
      find_kernel(options.kernel_path),
      "mem=" + std::to_string(options.memory_mib) + "M",
      "ro",
      "rootfstype=hostfs",
      "root=/dev/root",
      "con=null",
      "con0=null,fd:1",
      "quiet",
      "pty.legacy_count=0",
      "lpj=35569664",
      "uml_dir=" + folder + "/",
      "umid=e",
      "iomem=mmapper,/proc/self/fd/" + std::to_string(kSharedFd),
      "vec0:transport=fd,fd=" + std::to_string(kChannelFd) + ",mtu=1500,depth=32"};
  // No serial lines: each is announced by a program start. RAID6 panics without its benchmark.
  argv.push_back(std::string("initcall_blacklist=ssl_init") +
                 (options.raid6 ? "" : ",raid6_select_algo"));
  for (std::size_t i = 0; i < plan.vhost.size(); ++i)
    argv.push_back("virtio_uml.device=" + folder + "/d" + std::to_string(i) + ":2");
  for (std::size_t i = 0; i < plan.ubd.size(); ++i)
    argv.push_back("ubd" + std::to_string(i) + (plan.ubd[i]->readonly ? "r" : "") +
                   "=/proc/self/fd/" + std::to_string(kFirstDiskFd + static_cast<int>(i)));
  if (plan.ubd.empty())
    argv.emplace_back("ubd0=/dev/null");  // else a file of the current directory
  argv.push_back("init=" + (options.agent_path.empty() ? base::own_program("vmcraft-agent") : options.agent_path));
  return argv;
}

}  // namespace

std::string find_kernel(const std::string& given) {
  if (!given.empty()) return given;
  if (const auto own = base::find_own_program("vmcraft-linux")) return *own;
  if (const auto found = base::find_program("linux.uml")) return *found;
  base::throw_not_supported("engine", "linux.uml is not installed (package user-mode-linux)");
}

DiskPlan plan_disks(const std::vector<Disk>& disks) {
  DiskPlan plan;
  for (const Disk& disk : disks) {
    if (disk.sector_bytes != 512 && disk.sector_bytes != 4096)
      base::throw_invalid(disk.label, "sector size is neither 512 nor 4096");
    const bool ubd =
        !disk.raw_path.empty() && disk.sector_bytes == 512 && plan.ubd.size() < kUbdDisks;
    auto& list = ubd ? plan.ubd : plan.vhost;
    plan.places.push_back({!ubd, list.size()});
    list.push_back(&disk);
  }
  return plan;
}

KeeperSpec boot_spec(const EngineOptions& options, const DiskPlan& plan) {
  KeeperSpec spec;
  spec.temp_dir = options.temp_dir;
  spec.outlives_parent = options.outlives_parent;
  spec.room_bytes = (std::uint64_t{options.memory_mib} << 20U) + kSlackBytes;
  spec.kernel_argv = kernel_argv(options, plan);
  spec.export_count = plan.vhost.size();
  spec.raw_disk_count = plan.ubd.size();
  spec.patch_count = options.patches.size();
  if (plan.vhost.empty()) return spec;
  if (!options.storage_daemon_path.empty()) {
    spec.storage_argv = {options.storage_daemon_path};
  } else {
    const auto daemon = base::find_program("qemu-storage-daemon");
    if (!daemon)
      base::throw_not_supported(
          "engine", "qemu-storage-daemon is not installed (package qemu-system-common)");
    spec.storage_argv = {*daemon};
  }
  for (std::size_t i = 0; i < plan.vhost.size(); ++i) {
    add_export(spec.storage_argv, *plan.vhost[i], i);
    spec.storage_writes = spec.storage_writes || !plan.vhost[i]->readonly;
  }
  return spec;
}

}  // namespace vmcraft::uml
