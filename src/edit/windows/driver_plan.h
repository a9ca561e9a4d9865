// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "edit/windows/driver_package.h"
#include "edit/windows/registry_edit.h"

namespace vmcraft::edit {

/// A file of the package and where it goes: below the folder of Windows, "/" between.
struct PlannedFile {
  std::string source;
  std::string target;
};

/// What is done to a guest so that it has a driver.
struct DriverPlan {
  std::string inf;             ///< "viostor.inf"
  std::string published;       ///< "oem3.inf"
  std::string store_name;      ///< "viostor.inf_amd64_0123456789abcdef"
  std::string class_guid;      ///< "{4D36E97B-...}"
  bool boot_critical = false;  ///< the guest cannot boot from its device without it
  std::vector<InfDevice> devices;
  std::vector<std::string> services;
  std::vector<PlannedFile> files;
  std::vector<RegistryEdit> edits;
};

/// What a plan needs to know of the guest.
struct DriverSite {
  WindowsTarget target;
  std::string windows_folder = "Windows";  ///< name of the folder of Windows on C:
  std::string published;
  std::string store_name;
  /// An INF of Windows itself, for Include; nothing where the guest has none of that name.
  std::function<std::optional<std::string>(const std::string& name)> find_inf = {};
};

/// Throws EINVAL where the INF has no device for this Windows, or lines that make no sense.
DriverPlan plan_driver(const DriverPackage& package, const DriverSite& site);

/// Where drivers of any kind are kept for Windows' own search, below its folder.
inline constexpr const char* kDriverFolder = "Drivers/VirtIO";

/// The parts of DriverDatabase for a package: what Windows 8 and later look up at boot.
std::vector<RegistryEdit> driver_database_edits(const DriverPlan& plan, const Inf& inf, const DriverSite& site);
/// Date and version of "12/31/2021,1.2.3.4" with class and architecture, as DriverPackages has them.
std::string version_blob(const std::string& driver_ver, const std::string& class_guid, const std::string& arch);

}  // namespace vmcraft::edit
