// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/fd.h"

namespace vmcraft::base {

/// Two connected Unix sockets that keep message borders.
std::pair<UniqueFd, UniqueFd> packet_socket_pair();

/// One message, with at most one descriptor beside it.
struct Packet {
  std::string text;
  UniqueFd fd;
};

/// Sends a message; throws where the other end is gone.
void send_packet(int socket, std::string_view text, int fd = -1);
/// The next message, or nothing once the other end is gone.
std::optional<Packet> receive_packet(int socket);

/// A Unix socket that listens at `path`.
UniqueFd listen_at(const std::string& path);

}  // namespace vmcraft::base
