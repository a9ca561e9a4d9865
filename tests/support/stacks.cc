// SPDX-License-Identifier: LGPL-3.0-or-later
#include "support/stacks.h"

#include <cstdlib>
#include <sstream>

#include "volume/base/mapping.h"

namespace vmcraft::test {

bool in_rig() { return std::getenv("VMCRAFT_RIG") != nullptr; }

std::string no_stacks(const std::string& engine) {
  if (engine == "host" && !(in_rig() && volume::device_mapper_available()))
    return "the host engine needs a kernel with device-mapper: see tests/rig/run";
  if (engine == "uml" && in_rig()) return "the uml engine is tested outside the rig";
  return {};
}

BuiltStack build_stack(const std::string& folder, const std::string& name, int disk_count) {
  BuiltStack built;
  std::string script = std::string(VMCRAFT_TEST_DATA) + "/stacks/build " + name;
  std::string options;
  for (int i = 0; i < disk_count; ++i) {
    built.disks.push_back(folder + "/disk" + std::to_string(i));
    shell("truncate -s 128M " + built.disks.back());
    options += " -d " + built.disks.back();
    script += in_rig() ? " $(losetup -f --show " + built.disks.back() + ")"
                       : " /dev/ubd" + std::string(1, static_cast<char>('b' + i));
  }
  if (name.find("raid6") != std::string::npos) options += " -6";
  const std::string command =
      in_rig() ? "modprobe loop; " + script + "; losetup -D" : VMCRAFT_TEST_DATA "/rig/run" + options + " " + script;
  std::istringstream lines(shell("(" + command + ") 2>&1 | tr -d '\\r'"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    if (words >> first && first == "built") words >> built.device >> built.sha256;
  }
  EXPECT_FALSE(built.sha256.empty()) << lines.str();
  return built;
}

GuestFS open_disks(const std::string& engine, const std::vector<std::string>& disks, bool readonly) {
  GuestFS g;
  g.set_backend(engine);
  AddDriveOptions options;
  options.readonly = readonly;
  options.format = "raw";
  for (const std::string& disk : disks) g.add_drive(disk, options);
  g.launch();
  return g;
}

}  // namespace vmcraft::test
