// SPDX-License-Identifier: LGPL-3.0-or-later
#include "image/keeper.h"

#include <sys/socket.h>

#include "base/error.h"
#include "base/helper.h"
#include "base/socket.h"
#include "base/trace.h"
#include "image/keeper_protocol.h"

namespace vmcraft::image {

Keeper::Keeper(const KeeperRequest& request) : writable_(request.writable) {
  auto [ours, theirs] = base::packet_socket_pair();
  base::SpawnSpec spec;
  spec.argv = {base::own_program("vmcraft-drive-keeper")};
  spec.descriptors = {{theirs.get(), kControlDescriptor}};
  spec.new_session = true;
  process_ = base::ChildProcess(spec);
  theirs.reset();
  base::send_packet(ours.get(), encode(request),
                    request.blockdev.empty() ? request.backing_fd : request.patch_fd);
  std::optional<base::Packet> reply = base::receive_packet(ours.get());
  if (!reply) throw Error(ErrorCode::engine, EIO, "drive keeper: ended without a word");
  size_bytes_ = decode_ready(reply->text);
  file_ = std::move(reply->fd);
  control_ = std::move(ours);
}

void Keeper::close() {
  if (!control_) return;
  file_.reset();
  ::shutdown(control_.get(), SHUT_WR);
  const std::optional<base::Packet> last = base::receive_packet(control_.get());
  control_.reset();
  process_.wait();
  if (!last) throw Error(ErrorCode::engine, EIO, "drive keeper: ended before the disk was flushed");
  decode_done(last->text);
}

void Keeper::leave() noexcept {
  try {
    close();
  } catch (const Error& failure) {
    base::trace("detach: {}", failure.what());
  }
}

}  // namespace vmcraft::image
