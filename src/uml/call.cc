// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/call.h"

#include <poll.h>

#include <cerrno>
#include <ctime>

#include "base/trace.h"
#include "uml/wire.h"
#include "vmcraft/error.h"

namespace vmcraft::uml {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kWatch{50};
// While bulk data flows, naps cost less than a doorbell on each slot: the guest pays 40 us for one.
constexpr unsigned kNaps = 20;
constexpr long kNapNanoseconds = 20000;

std::uint64_t flags_of(const base::ByteSource* in, const base::ByteSink* out) {
  return (in != nullptr ? kHasInput : 0U) | (out != nullptr ? kHasOutput : 0U) |
         (base::current_trace() != nullptr ? kWantsTrace : 0U);
}

}  // namespace

HostCall::HostCall(Channel& channel, std::uint64_t number, base::ByteSource* in,
                   base::ByteSink* out, const CallHooks& hooks)
    : channel_(channel),
      number_(number),
      in_(in),
      out_(out),
      hooks_(hooks),
      started_(Clock::now()),
      next_watch_(started_ + kWatch),
      progress_seen_(channel.state().progress_version.load()) {}

std::string HostCall::run(std::string_view request) {
  channel_.send_long(MessageType::request_part, MessageType::request, request, number_,
                     flags_of(in_, out_));
  while (open_) {
    bool worked = false;
    if (const std::optional<Message> message = channel_.peek()) {
      handle(*message);
      channel_.release();
      worked = true;
    }
    if (open_ && may_feed()) worked = feed() || worked;
    if (open_) rest(worked);
  }
  poll_hooks();
  if (local_failure_) std::rethrow_exception(local_failure_);
  if (failed_) throw_packed_error(reply_);
  return std::move(reply_);
}

void HostCall::handle(const Message& message) {
  switch (message.type) {
    case MessageType::want_data:
      input_wanted_ = true;
      return;
    case MessageType::data:
    case MessageType::expect:
    case MessageType::zeroes:
      return take_data(message);
    case MessageType::trace:
      return base::trace_text(as_text(message.payload));
    case MessageType::reply_part:
    case MessageType::reply:
    case MessageType::error:
      reply_.append(as_text(message.payload));
      failed_ = message.type == MessageType::error;
      open_ = message.type == MessageType::reply_part;
      return;
    default:
      throw Error(ErrorCode::engine, EPROTO, "engine: channel: a message that has no place here");
  }
}

void HostCall::take_data(const Message& message) {
  brisk_ = kNaps;
  if (out_ == nullptr || local_failure_) return;
  try {
    if (message.type == MessageType::expect) out_->expect(message.first);
    else if (message.type == MessageType::zeroes) out_->write_zeroes(message.first);
    else out_->write(message.payload);
  } catch (...) {
    keep_local_failure();
  }
}

bool HostCall::may_feed() const {
  return (input_wanted_ && !input_over_ && channel_.has_room()) ||
         (stop_pending_ && channel_.has_room());
}

// Sends one piece of the input, unless the source has none just now.
bool HostCall::feed() {
  if (stop_pending_) {
    stop_input();
    return true;
  }
  pollfd source{in_->fd(), POLLIN, 0};
  if (source.fd >= 0 && ::poll(&source, 1, 0) == 0) return false;
  try {
    const std::size_t length = in_->read(channel_.reserve());
    if (length > 0) {
      channel_.publish(MessageType::data, length);
    } else {
      input_over_ = true;
      channel_.send(MessageType::end_of_data);
    }
    brisk_ = kNaps;
  } catch (const Error& failure) {
    if (failure.code() == ErrorCode::engine) throw;
    keep_local_failure();
  } catch (...) {
    keep_local_failure();
  }
  return true;
}

void HostCall::stop_input() {
  stop_pending_ = false;
  input_over_ = true;
  channel_.send(MessageType::input_failed);
}

void HostCall::keep_local_failure() {
  local_failure_ = std::current_exception();
  cancel();
}

void HostCall::cancel() {
  if (cancelled_) return;
  cancelled_ = true;
  channel_.state().cancelled_call.store(number_, std::memory_order_seq_cst);
  stop_pending_ = !input_over_;
  input_over_ = true;
  channel_.ring();
}

void HostCall::show_progress() {
  if (!hooks_.progress) return;
  const SharedState& state = channel_.state();
  const std::uint64_t version = state.progress_version.load(std::memory_order_seq_cst);
  if (version == progress_seen_ || version % 2 == 1) return;
  const std::uint64_t position = state.progress_position.load(std::memory_order_seq_cst);
  const std::uint64_t total = state.progress_total.load(std::memory_order_seq_cst);
  if (state.progress_version.load(std::memory_order_seq_cst) != version) return;
  progress_seen_ = version;
  hooks_.progress(position, total);
}

void HostCall::poll_hooks() {
  if (local_failure_) return;
  try {
    show_progress();
    if (open_ && hooks_.cancelled && hooks_.cancelled()) cancel();
  } catch (...) {
    keep_local_failure();
  }
}

// What has to happen every 50 ms, however busy the channel is.
void HostCall::watch() {
  const auto now = Clock::now();
  if (now < next_watch_) return;
  next_watch_ = now + kWatch;
  poll_hooks();
  if (hooks_.timeout.count() > 0 && now - started_ > hooks_.timeout)
    throw Error(ErrorCode::engine, ETIMEDOUT, "engine: the call took longer than its limit");
}

void HostCall::rest(bool worked) {
  if (worked) {
    if (brisk_ > 0) watch();
    return;
  }
  watch();
  if (brisk_ > 0) {
    --brisk_;
    const timespec nap{0, kNapNanoseconds};
    ::nanosleep(&nap, nullptr);
    return;
  }
  const bool quiet = !hooks_.progress && !hooks_.cancelled && hooks_.timeout.count() == 0;
  const bool source_waits = input_wanted_ && !input_over_ && channel_.has_room();
  channel_.wait(source_waits || !quiet ? kWatch : milliseconds(1000),
                (input_wanted_ && !input_over_) || stop_pending_);
}

}  // namespace vmcraft::uml
