// SPDX-License-Identifier: LGPL-3.0-or-later
// Stacks of volumes that the real tools made, by tests/stacks/build.
#pragma once

#include <string>
#include <vector>

#include "support/image.h"

namespace vmcraft::test {

constexpr const char* kStackKey = "secret";

struct BuiltStack {
  std::vector<std::string> disks;
  std::string device;  ///< of the file system, as VMCraft names it
  std::string sha256;  ///< of /file in it
};

/// True inside tests/rig/run.
bool in_rig();
/// Why stacks cannot be opened by this engine here, or nothing.
std::string no_stacks(const std::string& engine);

/// Builds `name` on so many disks in the folder: here where this is the rig, else in one of its own.
BuiltStack build_stack(const std::string& folder, const std::string& name, int disk_count);
/// A launched handle over raw disks.
GuestFS open_disks(const std::string& engine, const std::vector<std::string>& disks, bool readonly);

}  // namespace vmcraft::test
