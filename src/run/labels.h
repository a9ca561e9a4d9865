// SPDX-License-Identifier: LGPL-3.0-or-later
// SELinux: contexts of programs, and labels of files.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mount/table.h"

namespace vmcraft::run {

/// Throws Error{not_supported} where the running kernel has no SELinux.
void require_selinux(const std::string& action);
/// The context of this thread.
std::string own_context();
/// Throws EINVAL where the kernel's policy does not know the context.
void check_context(const std::string& context);

struct LabelSpec {
  std::string specfile;               ///< guest path
  std::vector<std::string> paths;     ///< guest paths
  std::vector<std::string> excludes;  ///< guest paths
  bool force = false;
};

/// Labels files by setfiles of this machine. Throws CommandError with what it said.
void label_files(mount::Table& mounts, const LabelSpec& spec, const std::function<void()>& while_running);

}  // namespace vmcraft::run
