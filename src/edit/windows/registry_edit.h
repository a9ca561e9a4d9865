// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "edit/windows/inf.h"
#include "edit/windows/registry.h"

namespace vmcraft::edit {

/// One change of the registry, as a plan holds it.
struct RegistryEdit {
  enum class Hive { system, software };
  enum class Kind {
    set,
    set_new,          ///< only where the value is not there
    set_existing,     ///< only where the value is there
    set_in_existing,  ///< only where the key is there
    append,           ///< adds the strings that a list (multi_sz) does not have yet
    append_path,      ///< adds a folder to "a;b" where it is not among them
    make_key,
    remove_value,
    remove_key,
    remove_text,      ///< takes a string out of a list
  };
  Hive hive = Hive::system;
  Registry::Key key;
  std::string name;
  RegistryValue value;
  Kind kind = Kind::set;
};

/// Returns whether anything changed.
bool apply(Registry& registry, const RegistryEdit& edit);
/// "SYSTEM\Key\name = dword:5", "-SYSTEM\Key".
std::string show(const RegistryEdit& edit);

/// Where AddReg lines of one section apply.
struct AddRegPlace {
  Registry::Key relative;     ///< what HKR is, in SYSTEM
  bool has_relative = false;  ///< else HKR lines are left out
};
/// What the lines of an AddReg section do. Those for a user, or of a kind that setup alone understands,
/// are left out.
std::vector<RegistryEdit> addreg_edits(const Inf& inf, const std::string& section, const AddRegPlace& place);

}  // namespace vmcraft::edit
