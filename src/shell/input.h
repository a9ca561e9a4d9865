// SPDX-License-Identifier: LGPL-3.0-or-later
// Where script lines come from; here-documents read on from the same place.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"

namespace vmcraft::shell {

class Input {
 public:
  virtual ~Input() = default;
  /// The next line without its newline, or nothing at the end.
  virtual std::optional<std::string> next_line() = 0;
};

/// A file or a pipe, read to its end.
class FileInput : public Input {
 public:
  /// Reads standard input.
  FileInput() = default;
  explicit FileInput(base::UniqueFd fd) : owned_(std::move(fd)), fd_(owned_.get()) {}
  std::optional<std::string> next_line() override;

 private:
  base::UniqueFd owned_;
  int fd_ = 0;
  std::string buffer_;
  std::size_t position_ = 0;
  bool ended_ = false;
};

/// Lines that are there already.
class TextInput : public Input {
 public:
  explicit TextInput(std::vector<std::string> lines) : lines_(std::move(lines)) {}
  std::optional<std::string> next_line() override;

 private:
  std::vector<std::string> lines_;
  std::size_t next_ = 0;
};

}  // namespace vmcraft::shell
