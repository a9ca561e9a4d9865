// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "face.h"
#include "store.h"

namespace vmcraft::keeper {

/// A block device of the kernel's nbd driver over a store. Made by netlink; it goes with its last
/// user, or when this process ends.
class NbdDevice : public Face {
 public:
  /// Nothing where this kernel has no nbd driver that takes netlink.
  static std::unique_ptr<NbdDevice> make(Store& store);
  NbdDevice(const NbdDevice&) = delete;
  NbdDevice& operator=(const NbdDevice&) = delete;
  ~NbdDevice() override;

  base::UniqueFd open() const override;
  bool wait_released(int limit_seconds) override;

 private:
  explicit NbdDevice(Store& store) : store_(store) {}
  void start(int netlink_family);
  void serve(int socket) noexcept;

  Store& store_;
  std::string path_;
  std::vector<base::UniqueFd> sockets_;
  std::vector<std::thread> servers_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t serving_ = 0;
};

}  // namespace vmcraft::keeper
