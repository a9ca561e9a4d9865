// SPDX-License-Identifier: LGPL-3.0-or-later
// The readers of the report for text. The first byte chooses one.
#include <cstdint>
#include <string_view>

#include "inspect/report/base64.h"
#include "inspect/report/boot_config.h"
#include "inspect/report/fingerprint.h"
#include "inspect/report/network.h"
#include "inspect/report/packages_other.h"
#include "inspect/report/yaml.h"
#include "vmcraft/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vmcraft::inspect::report;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    switch (data[0]) {
      case 'i': parse_ifcfg(text); break;
      case 'k': parse_keyfile(text); break;
      case 'n': parse_networkd(text); break;
      case 'u': parse_interfaces(text); break;
      case 't': parse_netctl(text); break;
      case 'r': parse_rc_conf(text); break;
      case 'o': parse_bsd_interface(text); break;
      case 'w': parse_wicked(text, "fuzz"); break;
      case 'y': interfaces_of_yaml(parse_yaml(text, "fuzz")); break;
      case 'x': parse_xbps(text, "fuzz"); break;
      case 'c': parse_certificates(text, 4); break;
      case 'b': from_base64(text); break;
      case '2': parse_grub2(text); break;
      case '1': parse_grub1(text); break;
      case 'e': parse_extlinux(text); break;
      case 'l': parse_lilo(text); break;
      case 'z': parse_zipl(text); break;
      case 's': parse_loader_conf(text); break;
      case 'd': parse_bls(text); break;
      case 'v': split_name_version(text, Dash::last); break;
      default: break;
    }
  } catch (const vmcraft::Error&) {  // damaged files are refused
  }
  return 0;
}
