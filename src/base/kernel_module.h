// SPDX-License-Identifier: LGPL-3.0-or-later
// Kernel modules loaded in this process: where starting modprobe is dear, or there is none.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmcraft::base {

/// The modules of one kernel release, as depmod(8) describes them.
class KernelModules {
 public:
  /// `folder` holds modules.dep, modules.alias and the modules themselves.
  explicit KernelModules(std::string folder) : folder_(std::move(folder)) {}

  /// Where the modules of the running kernel are, or nothing where it has none.
  static std::optional<std::string> find_folder(const std::string& preferred = {});

  /// Loads a module by name or alias, after what it depends on. Built in or loaded already is fine;
  /// throws Error{not_supported} where the kernel has no such module.
  void load(std::string_view name);

  /// Paths below the folder in the order of loading; empty where the name is built in, nothing
  /// where it is unknown.
  std::optional<std::vector<std::string>> resolve(std::string_view name);

 private:
  const std::string& index(const char* file, std::optional<std::string>& text);
  std::optional<std::vector<std::string>> by_name(std::string_view name);
  bool built_in(std::string_view name);
  std::vector<std::string> by_alias(std::string_view alias);

  std::string folder_;
  std::optional<std::string> dependencies_;
  std::optional<std::string> aliases_;
  std::optional<std::string> built_in_;
};

/// Loads a module of the running kernel; false where it has none of that name or may not.
bool try_load_module(std::string_view name);

}  // namespace vmcraft::base
