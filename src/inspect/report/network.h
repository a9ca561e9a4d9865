// SPDX-License-Identifier: LGPL-3.0-or-later
// How a guest sets up its network, one reader for each way to write it down.
#pragma once

#include <string>
#include <string_view>

#include "inspect/report/reader.h"

namespace vmcraft::inspect::report {

/// Each returns a list of interfaces: style, path, name, type, mac, method, addresses, gateways, dns and
/// so on, as far as the text says.
Json parse_ifcfg(std::string_view text);
Json parse_keyfile(std::string_view text);
Json parse_networkd(std::string_view text);
Json parse_interfaces(std::string_view text);
Json parse_netctl(std::string_view text);
/// The folder "network" of netplan, or the same of cloud-init in its versions 1 and 2.
Json interfaces_of_yaml(const Json& network);
/// Throws Error{corrupt} where it is no XML.
Json parse_wicked(std::string_view text, const std::string& object);
Json parse_rc_conf(std::string_view text);
/// /etc/hostname.IF of OpenBSD, /etc/ifconfig.IF of NetBSD.
Json parse_bsd_interface(std::string_view text);

}  // namespace vmcraft::inspect::report
