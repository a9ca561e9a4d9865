// SPDX-License-Identifier: LGPL-3.0-or-later
// What makes a guest ready to be cloned.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mount/guest_root.h"

namespace vmcraft::edit {

/// Which of what the patterns of an operation fit is removed.
enum class Sweep {
  all,        ///< folders with all below them too
  files,      ///< regular files and links alone: the folders are the packages'
  truncated,  ///< nothing, but regular files become empty
};

struct SysprepOperation {
  const char* name;
  bool usual;  ///< done unless asked otherwise
  const char* brief;
  Sweep sweep = Sweep::all;
  std::vector<const char*> patterns = {};  ///< of the guest's shell
};

/// In alphabetical order.
std::span<const SysprepOperation> sysprep_operations();

struct SysprepUsers {
  std::vector<std::string> keep;
  std::vector<std::string> remove;  ///< empty: all that are not kept
};

/// Does one of them and returns what changed; EINVAL for one that is not known, or that is no change of files.
std::vector<std::string> apply_sysprep(const mount::GuestRoot& root, const std::string& name, const SysprepUsers& users,
                                       const std::function<void()>& check);

/// A text of NAME=value lines without those of some names.
std::string without_variables(const std::string& text, const std::vector<std::string>& names);

}  // namespace vmcraft::edit
