// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/host_channel.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "base/error.h"

namespace vmcraft::uml {
namespace {

// Broadcast, from nobody, of the agent's packet type, and no more than the shortest frame.
constexpr std::array<unsigned char, 60> kFrame{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02,
                                               0x00, 0x00, 0x00, 0x00, 0x01, 0x88, 0xB5};

}  // namespace

SharedMemory::SharedMemory()
    : fd_(::memfd_create("vmcraft-channel", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
  base::check(fd_.get(), "memfd");
  base::check(::ftruncate(fd_.get(), kSharedBytes), "memfd");
  base::check(::fcntl(fd_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), "memfd");
  void* memory = ::mmap(nullptr, kSharedBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
  if (memory == MAP_FAILED) base::throw_errno("memfd");
  data_ = static_cast<std::byte*>(memory);
}

SharedMemory::~SharedMemory() { ::munmap(data_, kSharedBytes); }

HostDoorbell::HostDoorbell() {
  std::array<int, 2> pair{};
  base::check(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair.data()), "socketpair");
  socket_.reset(pair[0]);
  guest_end_.reset(pair[1]);
}

// Where the guest does not listen its queue fills up: it has enough to wake up by.
void HostDoorbell::ring() {
  ::send(socket_.get(), kFrame.data(), kFrame.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void HostDoorbell::wait(std::chrono::milliseconds limit) {
  std::array<pollfd, 2> watched{{{socket_.get(), POLLIN, 0}, {keeper_->fd(), POLLIN, 0}}};
  if (::poll(watched.data(), watched.size(), static_cast<int>(limit.count())) < 0 && errno != EINTR)
    base::throw_errno("poll");
  std::array<char, 2048> nothing{};
  while (::recv(socket_.get(), nothing.data(), nothing.size(), MSG_DONTWAIT) > 0) continue;
  if (watched[1].revents != 0) keeper_->check();
}

}  // namespace vmcraft::uml
