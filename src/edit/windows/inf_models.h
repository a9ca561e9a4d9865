// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "edit/windows/inf.h"

namespace vmcraft::edit {

/// The Windows that drivers are chosen for.
struct WindowsTarget {
  std::string arch;  ///< as INF files name it: "amd64", "x86", "arm64" or "arm"
  int major = 0;     ///< of the kernel: 6.1 is Windows 7, 10.0 is Windows 10 and later
  int minor = 0;
  int build = 0;
  bool server = false;

  /// Windows 8 and later keep drivers in DriverDatabase, not in CriticalDeviceDatabase.
  bool has_driver_database() const { return major > 6 || (major == 6 && minor >= 2); }
};
/// "Windows 10.0.19045 amd64", "Windows Server 10.0.20348 amd64".
std::string show(const WindowsTarget& target);

/// A device of the Models sections that fit the guest.
struct InfDevice {
  std::string description;
  std::string manufacturer;
  std::string section;           ///< that installs it, with its decoration: "scsi_inst.NT"
  std::string base_section;      ///< the same without
  std::vector<std::string> ids;  ///< hardware id first, then compatible ones
};
/// Of each manufacturer the section that is made for this Windows most closely; none where the file has
/// none for it.
std::vector<InfDevice> devices_for(const Inf& inf, const WindowsTarget& target);

/// "NTamd64.10.0...17763": what a Models section is for.
struct InfDecoration {
  std::string arch;  ///< empty: not said
  int major = 0;
  int minor = 0;
  int product = 0;  ///< 1 workstation, 2 domain controller, 3 server; 0: any
  int build = 0;

  bool fits(const WindowsTarget& target) const;
  /// Of two that fit, the one to use is greater.
  bool operator<(const InfDecoration& other) const;
};
/// Nothing where the text is no decoration.
std::optional<InfDecoration> parse_decoration(const std::string& text);

/// "NAME.NTamd64.REST", "NAME.NT.REST" or "NAME.REST", whichever is there first; the last where none is.
/// REST may be empty.
std::string decorated_section(const Inf& inf, const std::string& name, const std::string& rest,
                              const WindowsTarget& target);

}  // namespace vmcraft::edit
