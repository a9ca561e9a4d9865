// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/agent_stream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "uml/wire.h"

namespace vmcraft::uml {

bool AgentCall::cancelled() const {
  return channel.state().cancelled_call.load(std::memory_order_relaxed) == number;
}

void AgentCall::check() const {
  if (cancelled()) throw Error(ErrorCode::cancelled, EINTR, "cancelled");
}

AgentSource::~AgentSource() {
  if (holds_slot_) call_.channel.release();
}

// Gets the next message of input; false at the end.
bool AgentSource::next() {
  if (holds_slot_) call_.channel.release();
  holds_slot_ = false;
  if (!asked_ && (call_.flags & kHasInput) == 0) base::throw_invalid("input", "none was given");
  if (!asked_) call_.channel.send(MessageType::want_data, {}, call_.number);
  asked_ = true;
  std::optional<Message> message;
  while (!(message = call_.channel.peek())) {
    call_.check();
    call_.channel.wait(std::chrono::milliseconds(1000));
  }
  rest_ = message->payload;
  holds_slot_ = true;
  if (message->type == MessageType::data) return true;
  if (message->type != MessageType::end_of_data)
    throw Error(ErrorCode::cancelled, EINTR, "input: the caller stopped it");
  return false;
}

std::size_t AgentSource::read(std::span<std::byte> buffer) {
  while (rest_.empty() && !ended_ && !buffer.empty()) {
    call_.check();
    ended_ = !next();
  }
  const std::size_t length = std::min(rest_.size(), buffer.size());
  if (length > 0) std::memcpy(buffer.data(), rest_.data(), length);
  rest_ = rest_.subspan(length);
  return length;
}

void AgentSink::check() const {
  if ((call_.flags & kHasOutput) == 0) base::throw_invalid("output", "none was given");
  call_.check();
}

void AgentSink::write(std::span<const std::byte> data) {
  do {
    check();
    const std::size_t length = std::min(data.size(), kSlotBytes);
    call_.channel.append(data.first(length));
    data = data.subspan(length);
  } while (!data.empty());
}

void AgentSink::expect(std::uint64_t count) {
  check();
  call_.channel.send(MessageType::expect, {}, count);
}

void AgentSink::write_zeroes(std::uint64_t count) {
  check();
  call_.channel.send(MessageType::zeroes, {}, count);
}

}  // namespace vmcraft::uml
