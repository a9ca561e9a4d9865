// SPDX-License-Identifier: LGPL-3.0-or-later
#include <cstdint>

#include "edit/windows/driver_plan.h"
#include "vmcraft/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vmcraft::edit;
  DriverPackage package;
  package.inf = "x.inf";
  package.files["x.inf"].assign(reinterpret_cast<const char*>(data), size);
  package.files["viostor.sys"] = "driver";
  for (const WindowsTarget& target : {WindowsTarget{"amd64", 10, 0, 19045, false}, WindowsTarget{"x86", 6, 1, 7601, true}}) {
    DriverSite site;
    site.target = target;
    site.published = "oem0.inf";
    site.store_name = "x.inf_amd64_0";
    // Whatever a file includes is the file itself.
    site.find_inf = [&](const std::string&) { return std::optional<std::string>(package.files["x.inf"]); };
    try {
      for (const RegistryEdit& edit : plan_driver(package, site).edits) show(edit);
    } catch (const vmcraft::Error&) {
    }
  }
  vmcraft::base::MemorySource source(package.files["x.inf"]);
  try {
    read_packages(source);
  } catch (const vmcraft::Error&) {
  }
  return 0;
}
