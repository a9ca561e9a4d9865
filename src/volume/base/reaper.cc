// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/base/reaper.h"

#include <fcntl.h>
#include <linux/major.h>
#include <linux/raid/md_u.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/helper.h"
#include "base/process.h"
#include "base/socket.h"
#include "base/trace.h"
#include "volume/base/mapping.h"

namespace vmcraft::volume {
namespace {

constexpr int kControl = 3;
constexpr auto kPatience = std::chrono::seconds(60);
constexpr auto kPause = std::chrono::milliseconds(10);

class Reaper {
 public:
  static Reaper& instance() {
    static Reaper reaper;
    return reaper;
  }

  void tell(const std::string& message) {
    const std::lock_guard lock(mutex_);
    if (::getpid() == 1) return;  // its kernel ends with it
    if (!control_) start();
    base::send_packet(control_.get(), message);
  }

 private:
  void start() {
    auto [ours, theirs] = base::packet_socket_pair();
    base::SpawnSpec spec;
    spec.argv = {base::own_program("vmcraft-volume-reaper")};
    spec.descriptors = {{theirs.get(), kControl}};
    spec.new_session = true;
    process_ = base::ChildProcess(spec);
    control_ = std::move(ours);
  }

  std::mutex mutex_;
  base::ChildProcess process_;
  base::UniqueFd control_;
};

std::string message(char sign, Lease::What what, const std::string& name) {
  return std::string(1, sign) + (what == Lease::What::array ? 'a' : 'm') + name;
}

// True when nothing of it is left. The kernel may refuse for a moment, or leave an array that had not
// come to life yet for a second stop; only that its folder is gone says that it is.
bool remove_array(const std::string& name) {
  const std::string folder = "/sys/block/" + name;
  const auto gone = [&] { return ::access(folder.c_str(), F_OK) != 0; };
  if (gone()) return true;
  {
    const base::UniqueFd node(::open(("/dev/" + name).c_str(), O_RDONLY | O_CLOEXEC | O_EXCL));
    if (!node || ::ioctl(node.get(), STOP_ARRAY, 0) < 0) return false;
  }
  constexpr int kLooks = 10;
  for (int look = 0; look < kLooks && !gone(); ++look) std::this_thread::sleep_for(kPause);
  return gone();
}

bool remove(const std::string& resource) {
  return resource[0] == 'a' ? remove_array(resource.substr(1)) : remove_mapping(resource.substr(1));
}

}  // namespace

Lease::Lease(What what, std::string name) : what_(what), name_(std::move(name)) {
  Reaper::instance().tell(message('+', what_, name_));
}

Lease::Lease(Lease&& other) noexcept
    : what_(other.what_), name_(std::exchange(other.name_, {})) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    release();
    what_ = other.what_;
    name_ = std::exchange(other.name_, {});
  }
  return *this;
}

void Lease::release() noexcept {
  if (name_.empty()) return;
  try {
    Reaper::instance().tell(message('-', what_, name_));
  } catch (const Error& failure) {
    base::trace("volume reaper: {}", failure.what());
  }
  name_.clear();
}

int reaper_main(int control) {
  std::vector<std::string> left;
  while (const auto packet = base::receive_packet(control)) {
    const std::string resource = packet->text.substr(1);
    if (packet->text[0] == '+') left.push_back(resource);
    else std::erase(left, resource);
  }
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!left.empty() && std::chrono::steady_clock::now() < end) {
    // The last made stands on the others.
    for (std::size_t i = left.size(); i-- > 0;)
      if (remove(left[i])) left.erase(left.begin() + static_cast<std::ptrdiff_t>(i));
    if (!left.empty()) std::this_thread::sleep_for(kPause);
  }
  return left.empty() ? 0 : 1;
}

}  // namespace vmcraft::volume
