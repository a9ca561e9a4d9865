// SPDX-License-Identifier: LGPL-3.0-or-later
// The library's ends of what it shares with the guest.
#pragma once

#include "base/fd.h"
#include "uml/channel.h"
#include "uml/keeper_client.h"

namespace vmcraft::uml {

/// Memory mapped here and, by its descriptor, in the guest.
class SharedMemory {
 public:
  SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory();
  std::byte* data() const noexcept { return data_; }
  int fd() const noexcept { return fd_.get(); }

 private:
  base::UniqueFd fd_;
  std::byte* data_ = nullptr;
};

/// A datagram socket whose other end is the guest's network device.
class HostDoorbell : public Doorbell {
 public:
  HostDoorbell();
  void ring() override;
  /// Also woken by, and throws for, the end of the engine.
  void wait(std::chrono::milliseconds limit) override;

  void watch(KeeperClient& keeper) { keeper_ = &keeper; }
  /// The guest's end, until the keeper has it.
  base::UniqueFd take_guest_end() { return std::move(guest_end_); }

 private:
  base::UniqueFd socket_;
  base::UniqueFd guest_end_;
  KeeperClient* keeper_ = nullptr;
};

}  // namespace vmcraft::uml
