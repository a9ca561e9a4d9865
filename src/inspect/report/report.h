// SPDX-License-Identifier: LGPL-3.0-or-later
// All that is known of one operating system, as one JSON document.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "inspect/os.h"

namespace vmcraft::inspect::report {

/// The sections of a report in their order, those that have to be asked for too.
std::vector<std::string> section_names();

/// What a file system of the guest is, as a look at its device tells.
struct DiskFileSystem {
  std::string device;
  std::string type;
  std::string label;
  std::string uuid;
};

struct Wish {
  std::vector<std::string> sections;     ///< empty: all but the icon
  std::vector<DiskFileSystem> filesystems;
  std::function<void()> check_cancelled;  ///< may be empty; throws to stop
  /// Mount points of the system that could not be mounted, and why.
  std::vector<std::pair<std::string, std::string>> not_mounted;
};

/// Reads the system mounted below `root`. Throws Error{invalid_argument} for an unknown section; what is
/// missing or damaged in the guest is in "findings".
std::string make_report(const mount::GuestRoot& root, const OperatingSystem& os, const Wish& wish);

}  // namespace vmcraft::inspect::report
