// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstring>
#include <string_view>

#include "base/stream.h"
#include "file/region.h"

namespace vmcraft::file {

/// Collects small pieces before they go to a sink. What is not flushed is lost.
class OutputBuffer {
 public:
  explicit OutputBuffer(base::ByteSink& sink) : sink_(sink) {}

  void write(std::string_view data) { write(base::as_bytes(data)); }
  void write(std::span<const std::byte> data) {
    if (data.size() > Block::kBytes - used_) flush();
    if (data.size() > Block::kBytes) return sink_.write(data);
    std::memcpy(block_.span().data() + used_, data.data(), data.size());
    used_ += data.size();
  }
  /// Room to put up to `count` bytes into directly, with commit after it; count <= Block::kBytes.
  std::span<std::byte> room(std::size_t count) {
    if (count > Block::kBytes - used_) flush();
    return block_.span().subspan(used_, count);
  }
  void commit(std::size_t count) { used_ += count; }
  void flush() {
    if (used_ > 0) sink_.write(block_.span().first(used_));
    used_ = 0;
  }
  /// The sink itself; flush before using it.
  base::ByteSink& sink() { return sink_; }

 private:
  base::ByteSink& sink_;
  Block block_;
  std::size_t used_ = 0;
};

}  // namespace vmcraft::file
