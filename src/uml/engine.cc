// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/engine.h"

#include <fcntl.h>

#include <mutex>
#include <thread>

#include "base/error.h"
#include "base/helper.h"
#include "base/trace.h"
#include "uml/boot.h"
#include "uml/call.h"
#include "uml/host_channel.h"

namespace vmcraft::uml {
namespace {

constexpr std::chrono::milliseconds kBootLimit{30000};
constexpr std::chrono::milliseconds kSyncLimit{120000};

// Opened here with the caller's rights and passed by number: a name could hold characters that
// mean something on the kernel's command line.
std::vector<base::UniqueFd> open_raw_disks(const DiskPlan& plan) {
  std::vector<base::UniqueFd> result;
  for (const Disk* disk : plan.ubd)
    result.push_back(base::open_file(disk->raw_path, disk->readonly ? O_RDONLY : O_RDWR));
  return result;
}

}  // namespace

class Engine::Impl {
 public:
  explicit Impl(const EngineOptions& options)
      : keeper_path_(options.keeper_path.empty() ? base::own_program("vmcraft-uml-keeper")
                                                    : options.keeper_path),
        channel_(Channel::Side::host, memory_.data(), bell_) {
    const DiskPlan plan = plan_disks(options.disks);
    start(boot_spec(options, plan), open_raw_disks(plan), options.patches);
    greet(options, plan);
  }

  std::string call(std::string_view request, base::ByteSource* in, base::ByteSink* out,
                   const CallHooks& hooks) {
    const std::lock_guard<std::mutex> lock(mutex_);
    keeper_->check();
    HostCall call(channel_, ++calls_, in, out, hooks);
    try {
      return call.run(request);
    } catch (...) {
      if (!call.answered()) keeper_->abandon();  // nobody knows where the channel stands
      throw;
    }
  }

  void shutdown() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (shut_down_) return;
    keeper_->check();
    channel_.send(MessageType::shutdown);
    std::string failure;
    const bool synced = await(kSyncLimit, failure);
    keeper_->stop();
    shut_down_ = true;
    if (!synced) throw_packed_error(failure);
  }

  bool alive() const noexcept { return keeper_->running(); }
  int pid() const noexcept { return keeper_->pid(); }

 private:
  void start(const KeeperSpec& spec, const std::vector<base::UniqueFd>& raw_disks,
             const std::vector<std::shared_ptr<base::UniqueFd>>& patches) {
    const base::UniqueFd guest_end = bell_.take_guest_end();
    KeeperClient::Descriptors given{{guest_end.get(), kChannelFd}, {memory_.fd(), kSharedFd}};
    for (std::size_t i = 0; i < raw_disks.size(); ++i)
      given.emplace_back(raw_disks[i].get(), kFirstDiskFd + static_cast<int>(i));
    for (std::size_t i = 0; i < patches.size(); ++i)
      given.emplace_back(patches[i]->get(), kFirstPatchFd + static_cast<int>(i));
    keeper_ = std::make_unique<KeeperClient>(keeper_path_, spec, given);
    bell_.watch(*keeper_);
  }

  void greet(const EngineOptions& options, const DiskPlan& plan) {
    const bool several_processors = std::thread::hardware_concurrency() > 1;
    const Hello hello{options.agent_environment, options.modules_dir, plan.places,
                      several_processors};
    channel_.send(MessageType::hello, hello.pack());
    std::string failure;
    if (!await(kBootLimit, failure)) throw_packed_error(failure);
    channel_.look_first(several_processors);
  }

  // The agent's answer outside of calls; false where it is an error, which `failure` then holds.
  bool await(std::chrono::milliseconds limit, std::string& failure) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!channel_.peek()) {
      try {
        channel_.wait(std::chrono::milliseconds(1000));
      } catch (const Error&) {
        if (!channel_.peek()) throw;  // its last words came before its end
      }
      if (std::chrono::steady_clock::now() > end)
        throw Error(ErrorCode::engine, ETIMEDOUT, "engine: the agent does not answer");
    }
    const Message answer = *channel_.peek();
    const bool good = answer.type != MessageType::error;
    if (!good) failure = as_text(answer.payload);
    channel_.release();
    return good;
  }

  std::string keeper_path_;
  std::mutex mutex_;
  SharedMemory memory_;
  HostDoorbell bell_;
  std::unique_ptr<KeeperClient> keeper_;
  Channel channel_;
  std::uint64_t calls_ = 0;
  bool shut_down_ = false;
};

Engine::Engine(const EngineOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

std::string Engine::call(std::string_view request, base::ByteSource* in, base::ByteSink* out,
                         const CallHooks& hooks) {
  return impl_->call(request, in, out, hooks);
}

void Engine::shutdown() { impl_->shutdown(); }
bool Engine::alive() const noexcept { return impl_->alive(); }
int Engine::pid() const noexcept { return impl_->pid(); }

}  // namespace vmcraft::uml
