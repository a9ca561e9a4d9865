// SPDX-License-Identifier: LGPL-3.0-or-later
// Several disks in one handle, and LVM's own view of them.
#pragma once

#include <string>
#include <vector>

#include "support/image.h"

namespace vmcraft::test {

class VolumeTest : public EngineTest {
 protected:
  /// Empty raw disks of so many MiB.
  std::vector<std::string> make_disks(int count, int size_mib = 64);
  /// A launched handle over them.
  GuestFS launch(const std::vector<std::string>& disks, bool readonly = false) const;
  /// What "lvm WORDS" prints over these disks, with its own eyes; they must not be open elsewhere. It
  /// maps nothing.
  static std::string lvm(const std::vector<std::string>& disks, const std::string& words);
  /// Skips where the engine's kernel cannot map volumes.
  bool can_map() const { return GetParam() == "uml" || std::getenv("VMCRAFT_RIG") != nullptr; }
};

}  // namespace vmcraft::test
