// SPDX-License-Identifier: LGPL-3.0-or-later
// Bulk data as a handler in the agent sees it.
#pragma once

#include "base/stream.h"
#include "uml/channel.h"

namespace vmcraft::uml {

/// One call as the agent serves it.
struct AgentCall {
  Channel& channel;
  std::uint64_t number;
  std::uint64_t flags;

  bool cancelled() const;
  /// Throws Error{cancelled, EINTR} once the call is cancelled.
  void check() const;
};

class AgentSource : public base::ByteSource {
 public:
  explicit AgentSource(AgentCall& call) : call_(call) {}
  ~AgentSource() override;
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  bool next();
  AgentCall& call_;
  std::span<const std::byte> rest_;
  bool holds_slot_ = false;
  bool asked_ = false;
  bool ended_ = false;
};

class AgentSink : public base::ByteSink {
 public:
  explicit AgentSink(AgentCall& call) : call_(call) {}
  void write(std::span<const std::byte> data) override;
  void write_zeroes(std::uint64_t count) override;
  void expect(std::uint64_t count) override;
  void finish() override { call_.channel.flush(); }

 private:
  void check() const;
  AgentCall& call_;
};

}  // namespace vmcraft::uml
