// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mount/guest_root.h"

namespace vmcraft::inspect {

/// A drive letter of Windows, and how the registry names its partition.
struct DriveLetter {
  std::string letter;
  std::string partition_guid;      ///< of a GPT, lower case; empty for an MBR
  std::string disk_id;             ///< of an MBR, "1234abcd"
  std::uint64_t start_bytes = 0;   ///< of the partition, with an MBR
};

/// One operating system found on the disks. Names are those of guestfs' inspect_get_*; "unknown"
/// where a value was not found.
struct OperatingSystem {
  std::string root;  ///< mountable of its root file system
  std::string type = "unknown";
  std::string distro = "unknown";
  std::string arch = "unknown";
  std::string product_name = "unknown";
  std::string product_variant = "unknown";
  std::string hostname = "unknown";
  std::string package_format = "unknown";
  std::string package_management = "unknown";
  std::string build_id = "unknown";
  std::string windows_systemroot;
  std::string windows_system_hive;    ///< guest path; empty where there is none
  std::string windows_software_hive;
  std::string windows_current_control_set;  ///< "ControlSet001"
  bool windows_group_policy = false;  ///< policies of a domain were applied
  std::vector<DriveLetter> drive_letters;
  /// Letter and device, as far as the partition is on the drives.
  std::vector<std::pair<std::string, std::string>> drive_mappings;
  int boot_bank = 0;  ///< of ESXi: how often its boot banks had been updated when this one was
  int major_version = 0;
  int minor_version = 0;
  /// Mount point and mountable, "/" first.
  std::vector<std::pair<std::string, std::string>> mountpoints;
  /// Mountables that belong to it, swap among them.
  std::vector<std::string> filesystems;
};

/// What part of a system one file system is.
enum class Role { none, root, usr, boot, var, usr_local, coreos_usr, data };

/// One file system as it was looked at.
struct Finding {
  std::string mountable;
  std::string type;           ///< as blkid names it
  Role role = Role::none;
  OperatingSystem os;         ///< filled for root, usr and coreos_usr
};

/// Looks at one mounted file system. Nothing in it makes this throw, but for failing reads.
Finding examine(const std::string& mountable, const std::string& type,
                const mount::GuestRoot& root);

}  // namespace vmcraft::inspect
