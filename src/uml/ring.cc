// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/ring.h"

#include <cerrno>

#include "vmcraft/error.h"

namespace vmcraft::uml {
namespace {

[[noreturn]] void throw_broken() {
  throw Error(ErrorCode::engine, EPROTO, "engine: channel: the shared counters are not valid");
}

}  // namespace

std::uint64_t RingWriter::room() const {
  const std::uint64_t used = produced_ - state_.consumed.load(std::memory_order_acquire);
  if (used > kSlotCount) throw_broken();
  return kSlotCount - used;
}

std::span<std::byte> RingWriter::slot() const {
  return {slots_ + (produced_ % kSlotCount) * kSlotBytes, kSlotBytes};
}

bool RingWriter::publish(const SlotHead& head) {
  state_.heads[produced_ % kSlotCount] = head;
  state_.produced.store(++produced_, std::memory_order_seq_cst);
  return state_.consumer_sleeps.load(std::memory_order_seq_cst) != 0 &&
         state_.consumer_sleeps.exchange(0) != 0;
}

bool RingWriter::prepare_sleep() {
  state_.producer_sleeps.store(1, std::memory_order_seq_cst);
  if (produced_ - state_.consumed.load(std::memory_order_seq_cst) >= kSlotCount) return true;
  awake();
  return false;
}

std::uint64_t RingReader::filled() const {
  const std::uint64_t count = state_.produced.load(std::memory_order_acquire) - consumed_;
  if (count > kSlotCount) throw_broken();
  return count;
}

std::optional<Message> RingReader::peek() const {
  if (filled() == 0) return std::nullopt;
  const SlotHead head = state_.heads[consumed_ % kSlotCount];
  if (head.length > kSlotBytes) throw_broken();
  const std::byte* slot = slots_ + (consumed_ % kSlotCount) * kSlotBytes;
  return Message{head.type, head.first, head.second, {slot, head.length}};
}

bool RingReader::release() {
  state_.consumed.store(++consumed_, std::memory_order_seq_cst);
  return state_.producer_sleeps.load(std::memory_order_seq_cst) != 0 &&
         filled() <= kSlotCount / 2 && state_.producer_sleeps.exchange(0) != 0;
}

bool RingReader::prepare_sleep() {
  state_.consumer_sleeps.store(1, std::memory_order_seq_cst);
  if (state_.produced.load(std::memory_order_seq_cst) == consumed_) return true;
  awake();
  return false;
}

}  // namespace vmcraft::uml
