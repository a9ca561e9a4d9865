// SPDX-License-Identifier: LGPL-3.0-or-later
// One direction of the channel: a ring of slots in memory that the host and the guest both map.
// Each side keeps its own counter to itself and believes the other's only within bounds.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace vmcraft::uml {

constexpr std::size_t kSlotBytes = 256U << 10U;
constexpr std::uint64_t kSlotCount = 8;

enum class MessageType : std::uint32_t {
  hello = 1,     ///< both ways, once
  request_part,  ///< to the agent: the front of a long request
  request,       ///< first = call, second = flags
  reply_part,
  reply,         ///< the rest of the reply; first = call
  error,         ///< as reply: a packed error
  want_data,     ///< the agent reads its input from now on
  data,          ///< bulk, either way
  expect,        ///< to the host: about so many bytes of bulk follow: first
  zeroes,        ///< bulk: first = how many zero bytes
  end_of_data,   ///< to the agent
  input_failed,  ///< to the agent: the source threw, or the call is cancelled
  trace,         ///< to the host: one line
  shutdown,      ///< both ways: sync, and "synced"
};

struct SlotHead {
  MessageType type{};
  std::uint32_t length = 0;
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

/// In shared memory.
struct RingState {
  alignas(64) std::atomic<std::uint64_t> produced;
  alignas(64) std::atomic<std::uint64_t> consumed;
  alignas(64) std::atomic<std::uint32_t> consumer_sleeps;
  alignas(64) std::atomic<std::uint32_t> producer_sleeps;
  alignas(64) std::array<SlotHead, kSlotCount> heads;
};

/// The whole shared memory: states in the first page, then the slots of both rings.
struct SharedState {
  RingState to_agent;
  RingState to_host;
  alignas(64) std::atomic<std::uint64_t> cancelled_call;    ///< host: this call is to end
  alignas(64) std::atomic<std::uint64_t> progress_version;  ///< agent: odd while it writes
  std::atomic<std::uint64_t> progress_position;
  std::atomic<std::uint64_t> progress_total;
};
static_assert(sizeof(SharedState) <= 4096);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

constexpr std::size_t kSlotsOffset = 4096;
constexpr std::size_t kSharedBytes = kSlotsOffset + 2 * kSlotCount * kSlotBytes;

struct Message {
  MessageType type{};
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::span<const std::byte> payload;  ///< in the slot, until it is released
};

class RingWriter {
 public:
  RingWriter(RingState& state, std::byte* slots) : state_(state), slots_(slots) {}
  /// Slots free now; throws Error{engine} where the other side's counter is absurd.
  std::uint64_t room() const;
  /// The next slot; only while there is room.
  std::span<std::byte> slot() const;
  /// Hands the next slot over; true where the other side sleeps and must be woken.
  bool publish(const SlotHead& head);
  /// Announces sleep for want of room; false where there is room after all.
  bool prepare_sleep();
  void awake() { state_.producer_sleeps.store(0, std::memory_order_relaxed); }

 private:
  RingState& state_;
  std::byte* slots_;
  std::uint64_t produced_ = 0;
};

class RingReader {
 public:
  RingReader(RingState& state, const std::byte* slots) : state_(state), slots_(slots) {}
  /// The oldest message, until release().
  std::optional<Message> peek() const;
  /// Gives the slot back; true where the other side sleeps and there is room worth waking it for.
  bool release();
  bool prepare_sleep();
  void awake() { state_.consumer_sleeps.store(0, std::memory_order_relaxed); }

 private:
  std::uint64_t filled() const;

  RingState& state_;
  const std::byte* slots_;
  std::uint64_t consumed_ = 0;
};

}  // namespace vmcraft::uml
