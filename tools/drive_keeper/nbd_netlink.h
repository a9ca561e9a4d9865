// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace vmcraft::keeper {

/// The number of the nbd driver's netlink family; nothing where the kernel has none.
std::optional<int> nbd_family();

/// Connects a free device to these sockets, whose other ends speak NBD after its handshake. Returns
/// the device's number. It is disconnected by its last user.
std::uint32_t connect_nbd(int family, std::uint64_t size_bytes, std::uint64_t server_flags,
                          const std::vector<int>& sockets);

}  // namespace vmcraft::keeper
