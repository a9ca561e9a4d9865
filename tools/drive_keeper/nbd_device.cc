// SPDX-License-Identifier: LGPL-3.0-or-later
#include "nbd_device.h"

#include <fcntl.h>
#include <linux/nbd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "base/bytes.h"
#include "base/error.h"
#include "base/kernel_module.h"
#include "nbd_netlink.h"

namespace vmcraft::keeper {
namespace {

constexpr std::size_t kConnections = 4;
constexpr std::uint32_t kLargestRequest = 32U << 20U;
constexpr std::uint32_t kCommandMask = 0xffff;  // what stands above are flags

struct RequestWire {
  base::Be32 magic;
  base::Be32 type;
  std::array<std::byte, 8> cookie;
  base::Be64 offset;
  base::Be32 length;
};
static_assert(sizeof(RequestWire) == 28);

struct ReplyWire {
  base::Be32 magic;
  base::Be32 error;
  std::array<std::byte, 8> cookie;
};
static_assert(sizeof(ReplyWire) == 16);

template <typename Wire>
std::span<std::byte> bytes_of(Wire& wire) {
  return std::as_writable_bytes(std::span(&wire, 1));
}

/// One request of the kernel; returns what is to be sent behind the reply.
std::span<const std::byte> perform(Store& store, const RequestWire& request,
                                   std::span<std::byte> data) {
  const std::uint64_t offset = request.offset;
  switch (request.type & kCommandMask) {
    case NBD_CMD_READ:
      store.read(data, offset);
      return data;
    case NBD_CMD_WRITE:
      store.write(data, offset);
      return {};
    case NBD_CMD_TRIM:
      store.discard(offset, request.length);
      return {};
    case NBD_CMD_FLUSH:
      store.flush();
      return {};
    default:
      base::throw_errno("nbd", EINVAL);
  }
}

/// Receives, performs and answers one request; false at the end.
bool answer(Store& store, int socket, std::vector<std::byte>& buffer) {
  RequestWire request;
  if (base::read_full(socket, bytes_of(request)) < sizeof request) return false;
  const std::uint32_t command = request.type & kCommandMask;
  if (request.magic != NBD_REQUEST_MAGIC || command == NBD_CMD_DISC) return false;
  const bool carries = command == NBD_CMD_READ || command == NBD_CMD_WRITE;
  if (carries && request.length > kLargestRequest) return false;
  if (carries && buffer.size() < request.length) buffer.resize(request.length);
  const std::span<std::byte> data = std::span(buffer).first(carries ? +request.length : 0U);
  if (command == NBD_CMD_WRITE && base::read_full(socket, data) < data.size()) return false;
  ReplyWire reply{NBD_REPLY_MAGIC, 0U, request.cookie};
  std::span<const std::byte> behind;
  try {
    behind = perform(store, request, data);
  } catch (const Error& failure) {
    reply.error = static_cast<std::uint32_t>(failure.errno_value() > 0 ? failure.errno_value() : EIO);
  }
  base::write_full(socket, bytes_of(reply));
  base::write_full(socket, behind);
  return true;
}

}  // namespace

std::unique_ptr<NbdDevice> NbdDevice::make(Store& store) {
  if (::access("/sys/module/nbd", F_OK) != 0 && !base::try_load_module("nbd")) return nullptr;
  const std::optional<int> family = nbd_family();
  if (!family) return nullptr;
  std::unique_ptr<NbdDevice> device(new NbdDevice(store));
  device->start(*family);
  return device;
}

void NbdDevice::start(int netlink_family) {
  std::vector<base::UniqueFd> kernel_ends;
  std::vector<int> numbers;
  for (std::size_t i = 0; i < kConnections; ++i) {
    std::array<int, 2> pair{};
    base::check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), "socketpair");
    sockets_.emplace_back(pair[0]);
    kernel_ends.emplace_back(pair[1]);
    numbers.push_back(pair[1]);
  }
  serving_ = kConnections;
  for (const base::UniqueFd& socket : sockets_)
    servers_.emplace_back([this, fd = socket.get()] { serve(fd); });
  const std::uint64_t flags =
      NBD_FLAG_HAS_FLAGS | NBD_FLAG_SEND_FLUSH | NBD_FLAG_SEND_TRIM | NBD_FLAG_CAN_MULTI_CONN;
  path_ = "/dev/nbd" +
          std::to_string(connect_nbd(netlink_family, store_.size_bytes() / 512 * 512, flags, numbers));
}

NbdDevice::~NbdDevice() {
  // With its sockets the device dies, whoever still has it.
  for (const base::UniqueFd& socket : sockets_) ::shutdown(socket.get(), SHUT_RDWR);
  for (std::thread& server : servers_) server.join();
}

void NbdDevice::serve(int socket) noexcept {
  try {
    std::vector<std::byte> buffer;
    while (answer(store_, socket, buffer)) continue;
  } catch (const std::exception&) {  // the kernel's end is gone
  }
  const std::lock_guard lock(mutex_);
  --serving_;
  ended_.notify_all();
}

base::UniqueFd NbdDevice::open() const { return base::open_file(path_, O_RDWR); }

// The kernel says goodbye on every connection once the last user has closed the device.
bool NbdDevice::wait_released(int limit_seconds) {
  std::unique_lock lock(mutex_);
  return ended_.wait_for(lock, std::chrono::seconds(limit_seconds), [this] { return serving_ == 0; });
}

}  // namespace vmcraft::keeper
