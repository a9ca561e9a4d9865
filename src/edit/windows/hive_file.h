// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "mount/guest_root.h"

namespace vmcraft::edit {

/// A hive of the guest, and where Windows shows it.
struct HiveFile {
  std::string path;    ///< as the guest spells it
  std::string prefix;  ///< "HKEY_LOCAL_MACHINE\SYSTEM"
  bool named = false;  ///< by one of Windows' own names, so that the prefix is certain
};

/// Finds SOFTWARE, SYSTEM, SAM, SECURITY, DEFAULT, COMPONENTS, DRIVERS, BCD, Amcache, or a file by its
/// path: "/Users/me/NTUSER.DAT" or "C:\Users\me\NTUSER.DAT", in any case of letters. The letter is
/// taken for the root. Throws ENOENT.
HiveFile find_hive(const mount::GuestRoot& root, const std::string& name);

/// Components of a key, without empty ones.
std::vector<std::string> key_parts(const std::string& key);
/// The same below the root of this hive: "HKEY_LOCAL_MACHINE\SYSTEM\Select" is "Select" in SYSTEM.
/// Throws EINVAL where the key begins with the name of another hive.
std::vector<std::string> key_parts_in(const HiveFile& hive, const std::string& key);

/// Throws EBUSY where the guest sleeps or was shut down for a fast start: it would write over changes
/// when it wakes up.
void check_not_hibernated(const mount::GuestRoot& root);

}  // namespace vmcraft::edit
