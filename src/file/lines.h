// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/stream.h"
#include "file/region.h"

namespace vmcraft::file {

/// Lines of a stream, one at a time.
class LineReader {
 public:
  /// `object` names the stream in errors.
  LineReader(base::ByteSource& source, std::string object)
      : source_(source), object_(std::move(object)) {}

  /// The next line without its newline, with a NUL behind it; valid until the next call. Throws for
  /// a line of more than 64 MiB, which no text has.
  std::optional<std::string_view> next();

 private:
  std::string_view take(char* end);

  base::ByteSource& source_;
  std::string object_;
  Block block_;
  std::span<char> rest_{};  ///< of the block
  std::string line_;        ///< a line that crosses blocks
  bool partial_ = false;
};

/// What one answer may take of this machine's memory: it is held several times on its way.
std::uint64_t answer_limit_bytes();

/// Collects lines; throws EFBIG naming the object where they become too many to hold.
class LineList {
 public:
  explicit LineList(std::string object) : object_(std::move(object)) {}
  void add(std::string_view line);
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::string object_;
  std::vector<std::string> lines_;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace vmcraft::file
