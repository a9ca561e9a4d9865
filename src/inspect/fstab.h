// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vmcraft::inspect {

/// One line of an fstab.
struct FstabEntry {
  std::string device;      ///< as written: /dev/..., UUID=..., LABEL=...
  std::string mountpoint;  ///< "swap" or "none" for swap
  std::string type;
  std::string options;
  /// Value of subvol= among the options, without a slash in front; empty where there is none.
  std::string subvolume() const;
};

/// Reads all entries; lines that are none are passed over. Octal escapes are undone.
std::vector<FstabEntry> parse_fstab(std::string_view text);

}  // namespace vmcraft::inspect
