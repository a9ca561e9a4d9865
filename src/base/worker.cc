// SPDX-License-Identifier: LGPL-3.0-or-later
#include "base/worker.h"

#include <poll.h>
#include <unistd.h>

#include "base/error.h"
#include "base/helper.h"
#include "base/socket.h"
#include "base/worker_message.h"

namespace vmcraft::base {
namespace {

constexpr int kTickMs = 100;
// How long a process that is going may take to go.
constexpr int kEndTicks = 1000;
constexpr useconds_t kEndTickUs = 2000;
constexpr unsigned kPacketsBetweenLooks = 256;
constexpr std::size_t kLargestReply = 1U << 30U;

[[noreturn]] void rethrow(std::string_view packet) {
  rpc::Reader reader(packet);
  const auto code = static_cast<ErrorCode>(reader.get<std::int32_t>());
  const auto number = reader.get<std::int32_t>();
  throw Error(code, number, reader.get<std::string>());
}

void pass_on(const WorkerCall& beside, const Packet& packet) {
  const std::string_view data = std::string_view(packet.text).substr(1);
  if (beside.sink == nullptr) throw_corrupt("worker", "sends data that nobody asked for");
  if (packet.text.front() == worker::kBulk) beside.sink->write(as_bytes(data));
  else beside.sink->write_zeroes(rpc::Reader(data).get<std::uint64_t>());
}

}  // namespace

Worker::Worker(std::string service, const std::vector<std::string>& arguments)
    : service_(std::move(service)) {
  auto [ours, theirs] = packet_socket_pair();
  SpawnSpec spec;
  spec.argv = {own_program("vmcraft-guest-reader"), service_};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.descriptors = {{theirs.get(), 3}};
  process_ = ChildProcess(spec);
  socket_ = std::move(ours);
}

void Worker::ended() {
  std::string reason = "has ended already";
  for (int i = 0; process_ && i < kEndTicks; ++i) {
    if (const auto status = process_.try_wait()) {
      reason = describe_status(*status);
      break;
    }
    ::usleep(kEndTickUs);
  }
  stop();
  throw Error(ErrorCode::corrupt, EUCLEAN, service_ + ": the process that reads the guest's data: " + reason);
}

std::string Worker::exchange(std::string_view request, const WorkerCall& beside) {
  if (!socket_) ended();
  try {
    while (request.size() > worker::kPart) {
      send_packet(socket_.get(), worker::kMore + std::string(request.substr(0, worker::kPart)));
      request.remove_prefix(worker::kPart);
    }
    send_packet(socket_.get(), worker::kLast + std::string(request), beside.fd);
  } catch (const Error&) {
    ended();
  }
  bool answered = false;
  try {
    return receive(beside, answered);
  } catch (...) {
    // What is still to come would be taken for the answer to the next call.
    if (!answered) stop();
    throw;
  }
}

void Worker::stop() noexcept {
  process_ = {};
  socket_.reset();
}

void Worker::wait_readable(const WorkerCall& beside) {
  for (;;) {
    pollfd watched{socket_.get(), POLLIN, 0};
    if (::poll(&watched, 1, kTickMs) > 0) return;
    if (beside.while_waiting) beside.while_waiting();
  }
}

std::string Worker::receive(const WorkerCall& beside, bool& answered) {
  std::string reply;
  for (unsigned packets = 1;; ++packets) {
    wait_readable(beside);
    if (packets % kPacketsBetweenLooks == 0 && beside.while_waiting) beside.while_waiting();
    const std::optional<Packet> packet = receive_packet(socket_.get());
    if (!packet || packet->text.empty()) ended();
    const std::string_view data = std::string_view(packet->text).substr(1);
    switch (packet->text.front()) {
      case worker::kMore:
      case worker::kLast:
        if (reply.size() + data.size() > kLargestReply) throw_errno(service_, EFBIG);
        reply += data;
        if (packet->text.front() == worker::kLast) return reply;
        break;
      case worker::kError:
        answered = true;
        rethrow(data);
      default: pass_on(beside, *packet);
    }
  }
}

}  // namespace vmcraft::base
