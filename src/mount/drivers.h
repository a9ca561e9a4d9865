// SPDX-License-Identifier: LGPL-3.0-or-later
// Which driver serves which file system on this machine.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace vmcraft::mount {

/// How a file system is mounted here.
struct Driver {
  std::string fs_type;               ///< the kernel's name, or the FUSE program's
  bool fuse = false;
  std::string default_options;       ///< put before the caller's
  std::string readonly_options;      ///< added for read-only mounts
};

/// The drivers that could serve `fs_type` (as blkid or the caller names it), best first. Throws
/// Error{not_supported} for a type outside the allow-list, or one nothing here serves.
std::vector<Driver> drivers_for(const std::string& fs_type);

/// True where the running kernel knows the type now.
bool kernel_has(const std::string& fs_type);
/// Loads the kernel module of the type where there is one; false where that did not help.
bool kernel_load(const std::string& fs_type);

/// Every type of the allow-list with what serves it here: for doctor.
struct DriverState {
  std::string fs_type;
  std::string served_by;  ///< "kernel", a program's name, or empty
  std::string package;    ///< Debian package that would bring it, where known
};
std::vector<DriverState> driver_states();

}  // namespace vmcraft::mount
