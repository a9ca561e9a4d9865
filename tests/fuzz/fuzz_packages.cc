// SPDX-License-Identifier: LGPL-3.0-or-later
// The first byte chooses the kind of database.
#include <cstdint>
#include <string_view>

#include "inspect/packages.h"
#include "inspect/windows.h"
#include "vmcraft/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vmcraft::inspect;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const HeaderVisit visit = [](std::string_view header) { parse_rpm_header(header); };
  try {
    switch (data[0]) {
      case 'd': parse_dpkg_status(bytes); break;
      case 'a': parse_apk_installed(bytes); break;
      case 'p': parse_pacman_desc(bytes); break;
      case 'h': parse_rpm_header(bytes); break;
      case 'b': for_each_bdb_header(bytes, "db", visit); break;
      case 'n': for_each_ndb_header(bytes, "db", visit); break;
      case 'w': parse_mounted_device("\\DosDevices\\C:", bytes); break;
      default: break;
    }
  } catch (const vmcraft::Error&) {  // a bad database is refused
  }
  return 0;
}
