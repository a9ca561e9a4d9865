// SPDX-License-Identifier: LGPL-3.0-or-later
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/error.h"
#include "uml/agent.h"

namespace vmcraft::uml {
namespace {

constexpr const char* kLink = "vec0";
constexpr std::uint16_t kEtherType = 0x88B5;  // IEEE 802: local experiments

// Frames without content over the UML kernel's vector device. A lost one is made good by the limit
// of each wait.
class PacketDoorbell : public Doorbell {
 public:
  PacketDoorbell() : socket_(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(kEtherType))) {
    base::check(socket_.get(), "packet socket");
    ifreq link{};
    std::strncpy(link.ifr_name, kLink, sizeof link.ifr_name - 1);
    link.ifr_flags = IFF_UP | IFF_NOARP;
    base::check(::ioctl(socket_.get(), SIOCSIFFLAGS, &link), kLink);
    base::check(::ioctl(socket_.get(), SIOCGIFINDEX, &link), kLink);
    address_.sll_family = AF_PACKET;
    address_.sll_protocol = htons(kEtherType);
    address_.sll_ifindex = link.ifr_ifindex;
    address_.sll_halen = ETH_ALEN;
    std::memset(address_.sll_addr, 0xFF, ETH_ALEN);
    base::check(::bind(socket_.get(), address(), sizeof address_), kLink);
    const timeval limit{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const int bypass = 1;
    ::setsockopt(socket_.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof bypass);
  }

  void ring() override {
    const std::array<char, 46> nothing{};
    while (::sendto(socket_.get(), nothing.data(), nothing.size(), 0, address(), sizeof address_) <
               0 &&
           errno == EINTR)
      continue;
  }

  void wait(std::chrono::milliseconds) override {
    std::array<char, 64> nothing{};
    ::recv(socket_.get(), nothing.data(), nothing.size(), 0);
  }

 private:
  const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&address_); }
  base::UniqueFd socket_;
  sockaddr_ll address_{};
};

}  // namespace

AgentChannel::AgentChannel() : doorbell_(std::make_unique<PacketDoorbell>()) {
  const base::UniqueFd device = base::open_file("/dev/mmapper", O_RDWR);
  void* memory = ::mmap(nullptr, kSharedBytes, PROT_READ | PROT_WRITE, MAP_SHARED, device.get(), 0);
  if (memory == MAP_FAILED) base::throw_errno("/dev/mmapper");
  memory_ = static_cast<std::byte*>(memory);
  channel_ = std::make_unique<Channel>(Channel::Side::agent, memory_, *doorbell_);
  std::optional<Message> message;
  while (!(message = channel_->peek())) channel_->wait(std::chrono::milliseconds(1000));
  hello_ = Hello::unpack(as_text(message->payload));
  channel_->release();
  channel_->look_first(hello_.look_first);
}

AgentChannel::~AgentChannel() {
  if (memory_ != nullptr) ::munmap(memory_, kSharedBytes);
}

void AgentChannel::refuse() {
  channel_->send(MessageType::error, pack_error(std::current_exception()));
}

void AgentChannel::ready() { channel_->send(MessageType::hello); }

}  // namespace vmcraft::uml
