// SPDX-License-Identifier: LGPL-3.0-or-later
// Messages between the library and its agent: a ring each way, and a doorbell for who sleeps.
// Nothing is lost or reordered; a sender waits while its ring is full.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/stream.h"
#include "uml/ring.h"

namespace vmcraft::uml {

/// Wakes the other side, and is woken by it.
class Doorbell {
 public:
  virtual ~Doorbell() = default;
  virtual void ring() = 0;
  /// Returns when rung, at the latest after `limit`; may return early. Throws where the other side
  /// is gone.
  virtual void wait(std::chrono::milliseconds limit) = 0;
};

class Channel {
 public:
  enum class Side { host, agent };
  /// `memory` has kSharedBytes bytes, zero at first, and outlives the channel.
  Channel(Side side, std::byte* memory, Doorbell& doorbell);
  /// Whether to look a while before sleeping: right where the other side has a processor of its
  /// own, since a doorbell costs as much as a hundred looks.
  void look_first(bool yes) noexcept { looks_ = yes ? kLooks : 0; }

  bool has_room() const { return writer_.room() > 0; }
  /// Waits until there is a free slot and returns it.
  std::span<std::byte> reserve();
  void publish(MessageType type, std::size_t length, std::uint64_t first = 0,
               std::uint64_t second = 0);
  /// Gathers data in the next slot, which goes out when it is full, or before any other message.
  void append(std::span<const std::byte> data);
  void flush();
  void send(MessageType type, std::string_view payload = {}, std::uint64_t first = 0,
            std::uint64_t second = 0);
  /// A text of any length: as many `part` messages as it takes, then `last` with the rest.
  void send_long(MessageType part, MessageType last, std::string_view text, std::uint64_t first,
                 std::uint64_t second = 0);

  std::optional<Message> peek() const { return reader_.peek(); }
  void release();
  /// Sleeps until there may be a message, or room where `for_room`, or `limit` is over.
  void wait(std::chrono::milliseconds limit, bool for_room = false);

  void ring() { doorbell_.ring(); }
  SharedState& state() noexcept { return state_; }

 private:
  bool look(bool for_room) const;
  static constexpr unsigned kLooks = 2000;  ///< some 50 us

  SharedState& state_;
  RingWriter writer_;
  RingReader reader_;
  Doorbell& doorbell_;
  unsigned looks_ = 0;
  std::size_t gathered_ = 0;  ///< bytes of data in the slot that goes out next
};

inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace vmcraft::uml
