// SPDX-License-Identifier: LGPL-3.0-or-later
#include "api/driver.h"

#include "api/guest_call.h"
#include "base/text.h"
#include "edit/windows/driver_package.h"
#include "rpc_types.h"

namespace vmcraft::api {
namespace {

edit::WindowsTarget target_of(handle::Handle& h) {
  const auto table = rpc::Reader(call_guest(h, "internal_windows_target", {})).get<HashTable>();
  edit::WindowsTarget target;
  for (const auto& [key, value] : table) {
    const int number = base::parse_number<int>(value).value_or(0);
    if (key == "arch") target.arch = value;
    else if (key == "major") target.major = number;
    else if (key == "minor") target.minor = number;
    else if (key == "build") target.build = number;
    else if (key == "server") target.server = number != 0;
  }
  return target;
}

}  // namespace

DriverInjection inject_driver(handle::Handle& h, const std::string& path, const std::string& inf, bool dry_run) {
  const std::string packages = edit::write_packages(edit::select_drivers(path, inf, target_of(h)));
  base::MemorySource source(packages);
  return rpc::Reader(call_guest(h, "internal_inject_driver", {&source, nullptr}, dry_run)).get<DriverInjection>();
}

}  // namespace vmcraft::api
