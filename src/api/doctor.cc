// SPDX-License-Identifier: LGPL-3.0-or-later
// What each engine can do on this machine: by opening and looking, never by trusting a name.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/helper.h"
#include "base/kernel_module.h"
#include "base/library.h"
#include "base/process.h"
#include "handle/tool.h"
#include "mount/drivers.h"
#include "uml/launch.h"
#include "vmcraft/vmcraft.h"
#include "volume/base/mapping.h"

namespace vmcraft {
namespace {

using Json = nlohmann::ordered_json;

// Those of the engines and of mounts; those of actions are known_programs().
constexpr std::array kPrograms = std::to_array<handle::KnownProgram>({
    {"qemu-nbd", "qemu-utils", "formats other than raw on the host engine"},
    {"qemu-img", "qemu-utils", "creating qcow2 images, images on servers"},
    {"qemu-storage-daemon", "qemu-system-common", "formats other than raw on the uml engine"},
    {"ntfs-3g", "ntfs-3g", "writing NTFS where the kernel has no ntfs3"},
    {"mount.exfat-fuse", "exfat-fuse", "exFAT where the kernel has none"},
    {"fusefat", "fusefat", "FAT where the kernel has none"},
});

Json check(const std::string& what, bool ok, const std::string& detail, const std::string& package) {
  Json entry = {{"what", what}, {"ok", ok}, {"detail", detail}};
  if (!ok && !package.empty()) entry["package"] = package;
  return entry;
}

bool opens(const char* path) {
  const base::UniqueFd fd(::open(path, O_RDWR | O_CLOEXEC));
  return static_cast<bool>(fd);
}

template <typename Programs>
void add_programs(Json& checks, const Programs& programs) {
  for (const handle::KnownProgram& program : programs)
    checks.push_back(check(std::string("program ") + program.name,
                           base::find_program(program.name).has_value(), program.needed_for,
                           program.package));
}

// One stands for several groups with a line each.
void add_libraries(Json& checks) {
  std::string_view last;
  for (const base::KnownLibrary& library : base::known_libraries()) {
    if (library.soname == last) continue;
    last = library.soname;
    checks.push_back(check(std::string("library ") + library.soname,
                           base::library_available(library.soname), library.needed_for, library.package));
  }
}

Json host_engine() {
  Json checks = Json::array();
  const bool root = uml::may_mount();
  const bool loop = opens("/dev/loop-control");
  const bool fuse = opens("/dev/fuse");
  const bool keeper = base::find_own_program("vmcraft-drive-keeper").has_value();
  checks.push_back(check("privilege", root, "CAP_SYS_ADMIN, to mount", ""));
  checks.push_back(check("loop devices", loop, "/dev/loop-control, for raw images", ""));
  checks.push_back(check("FUSE", fuse, "/dev/fuse, for all other formats", ""));
  checks.push_back(check("drive keeper", keeper, "vmcraft-drive-keeper, a part of VMCraft", ""));
  checks.push_back(check("device-mapper", volume::device_mapper_available(),
                         "LVM and encrypted volumes; else the uml engine has them", ""));
  add_programs(checks, kPrograms);
  add_programs(checks, handle::known_programs());
  add_libraries(checks);
  for (const mount::DriverState& state : mount::driver_states())
    checks.push_back(check("file system " + state.fs_type, !state.served_by.empty(),
                           state.served_by.empty() ? "no driver" : "by " + state.served_by,
                           state.package));
  Json engine = {{"name", "host"}, {"usable", root && loop && fuse && keeper}};
  engine["reason"] = !root     ? "this process may not mount"
                     : !loop   ? "no loop devices"
                     : !fuse   ? "no FUSE"
                     : !keeper ? "vmcraft-drive-keeper is missing"
                               : "";
  engine["checks"] = checks;
  return engine;
}

Json uml_engine() {
  Json checks = Json::array();
  const bool kernel = base::find_own_program("vmcraft-linux") || base::find_program("linux.uml");
  const bool daemon = base::find_program("qemu-storage-daemon").has_value();
  const bool own = base::find_own_program("vmcraft-agent") &&
                   base::find_own_program("vmcraft-uml-keeper");
  checks.push_back(check("kernel", kernel, "linux.uml", "user-mode-linux"));
  checks.push_back(check("disk server", daemon, "qemu-storage-daemon, for formats other than raw",
                         "qemu-system-common"));
  checks.push_back(check("agent and keeper", own, "parts of VMCraft", ""));
  std::string reason;
  bool boots = false;
  if (kernel && own) {
    try {
      GuestFS probe;
      probe.set_backend("uml");
      probe.launch();
      boots = true;
      for (const char* type : {"ext4", "xfs", "btrfs", "vfat", "ntfs", "exfat", "iso9660", "udf",
                               "squashfs", "hfsplus", "ufs", "f2fs", "nilfs2", "jfs"})
        checks.push_back(check(std::string("file system ") + type,
                               probe.filesystem_available(type), "in the engine's kernel", ""));
    } catch (const Error& failure) {
      reason = failure.what();
    }
  }
  checks.push_back(check("boots", boots, boots ? "booted just now" : reason, ""));
  if (!kernel) reason = "install user-mode-linux";
  else if (!own) reason = "vmcraft-agent or vmcraft-uml-keeper is missing";
  return {{"name", "uml"}, {"usable", boots}, {"reason", reason}, {"checks", checks}};
}

}  // namespace

std::string doctor_report() {
  const Json report = {{"version", library_version()},
                       {"engines", Json::array({host_engine(), uml_engine()})}};
  return report.dump(1) + "\n";
}

}  // namespace vmcraft
