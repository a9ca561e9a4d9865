// SPDX-License-Identifier: LGPL-3.0-or-later
// The channel between two threads, and what it does with a peer that lies.
#include "uml/channel.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "uml/agent.h"
#include "uml/call.h"
#include "vmcraft/error.h"

namespace vmcraft::uml {
namespace {

// Two of these wake each other.
class ThreadDoorbell : public Doorbell {
 public:
  void connect(ThreadDoorbell& other) { other_ = &other; }
  void ring() override {
    const std::lock_guard<std::mutex> lock(other_->mutex_);
    other_->rung_ = true;
    other_->woken_.notify_one();
  }
  void wait(std::chrono::milliseconds limit) override {
    std::unique_lock<std::mutex> lock(mutex_);
    woken_.wait_for(lock, limit, [this] { return rung_; });
    rung_ = false;
  }

 private:
  ThreadDoorbell* other_ = nullptr;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool rung_ = false;
};

struct alignas(4096) Page {
  std::array<std::byte, 4096> bytes;
};

class UmlChannel : public ::testing::Test {
 protected:
  UmlChannel() {
    host_bell_.connect(agent_bell_);
    agent_bell_.connect(host_bell_);
  }
  std::byte* memory() { return memory_.data()->bytes.data(); }

  std::vector<Page> memory_{kSharedBytes / sizeof(Page) + 1};
  ThreadDoorbell host_bell_;
  ThreadDoorbell agent_bell_;
  Channel host_{Channel::Side::host, memory(), host_bell_};
  Channel agent_{Channel::Side::agent, memory(), agent_bell_};
};

// Serves on a thread of its own until the end of the test.
class Served {
 public:
  Served(Channel& host, Channel& agent, RequestHandler handler)
      : host_(host), thread_([&agent, handler] { serve(agent, handler); }) {}
  ~Served() {
    host_.send(MessageType::shutdown);
    thread_.join();
  }
  std::string call(std::string_view request, base::ByteSource* in = nullptr,
                   base::ByteSink* out = nullptr) {
    const CallHooks hooks;
    return HostCall(host_, ++number_, in, out, hooks).run(request);
  }

 private:
  Channel& host_;
  std::uint64_t number_ = 0;
  std::thread thread_;
};

TEST_F(UmlChannel, CarriesMessagesInOrder) {
  agent_.send(MessageType::trace, "one", 1, 2);
  agent_.send(MessageType::zeroes, {}, 3);
  ASSERT_EQ(as_text(host_.peek()->payload), "one");
  EXPECT_EQ(host_.peek()->second, 2U);
  host_.release();
  EXPECT_EQ(host_.peek()->type, MessageType::zeroes);
  host_.release();
  EXPECT_FALSE(host_.peek());
}

TEST_F(UmlChannel, GatheredDataGoesOutBeforeOtherMessages) {
  agent_.append(base::as_bytes("ab"));
  agent_.append(base::as_bytes("cd"));
  EXPECT_FALSE(host_.peek());
  agent_.send(MessageType::reply);
  EXPECT_EQ(as_text(host_.peek()->payload), "abcd");
}

TEST_F(UmlChannel, LongTextsPassASmallRing) {
  Served served(host_, agent_, [](std::string_view request, auto&, auto&, const auto&) {
    return std::string(request);
  });
  const std::string text(9U << 20U, 't');
  EXPECT_TRUE(served.call(text) == text);
  EXPECT_EQ(served.call(""), "");
}

TEST_F(UmlChannel, DataFlowsBothWaysWithoutDeadlock) {
  Served served(host_, agent_, [](std::string_view, auto& in, auto& out, const auto&) {
    std::vector<std::byte> buffer(100'000);
    while (const std::size_t n = in.read(buffer)) out.write(std::span(buffer).first(n));
    out.write_zeroes(3);
    return std::string("done");
  });
  const std::string text(20U << 20U, 'd');
  base::MemorySource in(text);
  base::MemorySink out;
  EXPECT_EQ(served.call("go", &in, &out), "done");
  EXPECT_TRUE(out.take() == text + std::string(3, '\0'));
}

TEST_F(UmlChannel, UnreadInputIsDroppedBeforeTheNextCall) {
  Served served(host_, agent_, [](std::string_view request, auto& in, auto&, const auto&) {
    std::array<std::byte, 4> some{};
    if (request == "read a little") in.read(some);
    return std::string(request);
  });
  const std::string text(20U << 20U, 'u');
  base::MemorySource in(text);
  EXPECT_EQ(served.call("read a little", &in), "read a little");
  EXPECT_EQ(served.call("next"), "next");
}

TEST_F(UmlChannel, AbsurdCountersAreAnEngineError) {
  host_.state().to_host.produced.store(kSlotCount + 1);
  EXPECT_THROW(host_.peek(), Error);
  host_.state().to_agent.consumed.store(5);
  EXPECT_THROW(host_.reserve(), Error);
}

TEST_F(UmlChannel, AbsurdLengthIsAnEngineError) {
  agent_.send(MessageType::trace, "x");
  host_.state().to_host.heads[0].length = kSlotBytes + 1;
  EXPECT_THROW(host_.peek(), Error);
}

TEST_F(UmlChannel, UnknownMessageIsAnEngineError) {
  const CallHooks hooks;
  agent_.send(static_cast<MessageType>(99));
  EXPECT_THROW(HostCall(host_, 1, nullptr, nullptr, hooks).run("x"), Error);
}

}  // namespace
}  // namespace vmcraft::uml
