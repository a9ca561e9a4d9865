// SPDX-License-Identifier: LGPL-3.0-or-later
// Files of regedit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edit/windows/registry.h"
#include "edit/windows/registry_value.h"

namespace vmcraft::edit {

/// One line of a .reg file below a key.
struct RegEntry {
  std::string name;  ///< "" is the default value
  bool remove = false;
  RegistryValue value;
};

/// One "[key]", or "[-key]" that removes it.
struct RegKey {
  std::string key;  ///< as the file names it
  bool remove = false;
  std::vector<RegEntry> entries;
};

/// Reads "Windows Registry Editor Version 5.00", in UTF-16 or UTF-8, and REGEDIT4, whose strings in
/// hexadecimal are in its own code page. Throws EINVAL as "line N: reason".
std::vector<RegKey> parse_reg_file(std::string_view bytes);
/// Does what the file says; returns how many keys and values changed. Throws EINVAL, before anything is
/// changed, where a key is none of this hive.
std::int64_t apply_reg_file(Registry& registry, const std::vector<RegKey>& keys);
/// A key and all below it as regedit writes them: UTF-16 with a byte order mark.
std::string export_reg_file(const Registry& registry, const Registry::Key& key);

}  // namespace vmcraft::edit
