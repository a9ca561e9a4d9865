// SPDX-License-Identifier: LGPL-3.0-or-later
// Driver packages in the manner of virtio-win, without code in them.
#pragma once

#include <string>

namespace vmcraft::test {

/// Of a disk controller: "viostor" or "vioscsi", for a decoration such as "NTamd64.6.1".
std::string storage_inf(const std::string& name, const std::string& decoration, const std::string& version = "100.90.104.21500");
/// Of a network card, with a co-installer in System32.
std::string network_inf(const std::string& decoration);
/// Writes NAME.inf and the files that it names into a folder, and a .pdb that it does not.
void write_driver(const std::string& folder, const std::string& name, const std::string& decoration);
/// A tree as on virtio-win's disc: viostor, vioscsi and NetKVM for Windows 7, 10, 11 and Server 2022.
void write_driver_tree(const std::string& folder);

}  // namespace vmcraft::test
