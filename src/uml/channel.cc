// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/channel.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace vmcraft::uml {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kRecheck{1000};  // a doorbell that went unheard costs this, not the call

std::byte* slots_of(std::byte* memory, bool to_agent) {
  return memory + kSlotsOffset + (to_agent ? 0 : kSlotCount * kSlotBytes);
}

RingState& ring_of(std::byte* memory, bool to_agent) {
  auto* state = reinterpret_cast<SharedState*>(memory);
  return to_agent ? state->to_agent : state->to_host;
}

}  // namespace

Channel::Channel(Side side, std::byte* memory, Doorbell& doorbell)
    : state_(*reinterpret_cast<SharedState*>(memory)),
      writer_(ring_of(memory, side == Side::host), slots_of(memory, side == Side::host)),
      reader_(ring_of(memory, side == Side::agent), slots_of(memory, side == Side::agent)),
      doorbell_(doorbell) {}

std::span<std::byte> Channel::reserve() {
  while (writer_.room() == 0)
    if (writer_.prepare_sleep()) doorbell_.wait(kRecheck);
  writer_.awake();
  return writer_.slot();
}

void Channel::publish(MessageType type, std::size_t length, std::uint64_t first,
                      std::uint64_t second) {
  if (writer_.publish({type, static_cast<std::uint32_t>(length), first, second})) doorbell_.ring();
}

void Channel::append(std::span<const std::byte> data) {
  while (!data.empty()) {
    const std::span<std::byte> slot = reserve().subspan(gathered_);
    const std::size_t length = std::min(data.size(), slot.size());
    std::memcpy(slot.data(), data.data(), length);
    gathered_ += length;
    data = data.subspan(length);
    if (length == slot.size()) flush();
  }
}

void Channel::flush() {
  if (gathered_ > 0) publish(MessageType::data, std::exchange(gathered_, 0));
}

void Channel::send(MessageType type, std::string_view payload, std::uint64_t first,
                   std::uint64_t second) {
  flush();
  const std::span<std::byte> slot = reserve();
  const std::size_t length = std::min(payload.size(), slot.size());
  if (length > 0) std::memcpy(slot.data(), payload.data(), length);
  publish(type, length, first, second);
}

void Channel::send_long(MessageType part, MessageType last, std::string_view text,
                        std::uint64_t first, std::uint64_t second) {
  while (text.size() > kSlotBytes) {
    send(part, text.substr(0, kSlotBytes), first);
    text.remove_prefix(kSlotBytes);
  }
  send(last, text, first, second);
}

void Channel::release() {
  if (reader_.release()) doorbell_.ring();
}

// True where there is no need to sleep.
bool Channel::look(bool for_room) const {
  for (unsigned i = 0; i < looks_; ++i) {
    if (reader_.peek() || (for_room && has_room())) return true;
    __builtin_ia32_pause();
  }
  return false;
}

void Channel::wait(milliseconds limit, bool for_room) {
  if (look(for_room)) return;
  if (for_room && !writer_.prepare_sleep()) return;
  if (reader_.prepare_sleep()) doorbell_.wait(std::min(limit, kRecheck));
  reader_.awake();
  writer_.awake();
}

}  // namespace vmcraft::uml
