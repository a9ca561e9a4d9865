// SPDX-License-Identifier: LGPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "base/error.h"
#include "file/lines.h"
#include "file/read.h"

namespace vmcraft::file {
namespace {

constexpr std::size_t kLineBytes = 16;

bool is_printable(std::uint32_t c) { return c >= 0x20 && c < 0x7f; }

void append_line(std::string& text, std::uint64_t position, std::span<const std::byte> bytes) {
  auto out = std::back_inserter(text);
  fmt::format_to(out, "{:08x}", position);
  for (std::size_t i = 0; i < kLineBytes; ++i) {
    if (i % 8 == 0) text += ' ';
    if (i < bytes.size()) fmt::format_to(out, " {:02x}", std::to_integer<unsigned>(bytes[i]));
    else text += "   ";
  }
  text += "  |";
  for (const std::byte b : bytes) {
    const auto c = std::to_integer<unsigned char>(b);
    text += is_printable(c) ? static_cast<char>(c) : '.';
  }
  text += "|\n";
}

/// Lines of a dump; those that repeat shrink to one star.
class Dump {
 public:
  void add(std::span<const std::byte> line) {
    const bool repeated = line.size() == kLineBytes && previous_.size() == kLineBytes &&
                          std::memcmp(line.data(), previous_.data(), kLineBytes) == 0;
    if (!repeated) append_line(text_, position_, line);
    else if (!starred_) text_ += "*\n";
    starred_ = repeated;
    previous_.assign(line.begin(), line.end());
    position_ += line.size();
  }
  std::string finish() {
    if (position_ > 0) text_ += fmt::format("{:08x}\n", position_);
    return std::move(text_);
  }

 private:
  std::string text_;
  std::vector<std::byte> previous_;
  std::uint64_t position_ = 0;
  bool starred_ = false;
};

struct Encoding {
  std::size_t width;
  bool big_endian;
  bool high_bytes;  ///< 0x80 to 0xff are characters too
};

Encoding parse_encoding(const std::string& name) {
  if (name == "s") return {1, false, false};
  if (name == "S") return {1, false, true};
  if (name == "b") return {2, true, false};
  if (name == "l") return {2, false, false};
  if (name == "B") return {4, true, false};
  if (name == "L") return {4, false, false};
  base::throw_invalid(name, "not one of the encodings s, S, b, l, B, L");
}

/// Finds printable runs in a stream of bytes. A character that breaks a run of wide characters
/// leaves the search one byte on, so that every alignment is found.
class RunFinder {
 public:
  RunFinder(Encoding encoding, const std::string& object) : encoding_(encoding), found_(object) {}

  void add(std::span<const std::byte> data) {
    for (const std::byte b : data) {
      window_.push_back(std::to_integer<unsigned char>(b));
      if (window_.size() == encoding_.width) step();
    }
  }
  std::vector<std::string> finish() {
    end_run();
    return found_.take();
  }

 private:
  void step() {
    std::uint32_t c = 0;
    for (std::size_t i = 0; i < window_.size(); ++i)
      c |= std::uint32_t{window_[encoding_.big_endian ? window_.size() - 1 - i : i]} << (8 * i);
    const bool printable =
        is_printable(c) || c == '\t' || (encoding_.high_bytes && c >= 0x80 && c <= 0xff);
    if (printable) {
      run_ += static_cast<char>(c);
      window_.clear();
    } else {
      end_run();
      window_.erase(window_.begin());
    }
  }
  void end_run() {
    constexpr std::size_t kLeastCharacters = 4;
    if (run_.size() >= kLeastCharacters) found_.add(run_);
    run_.clear();
  }

  Encoding encoding_;
  std::vector<unsigned char> window_;
  std::string run_;
  LineList found_;
};

}  // namespace

std::string hexdump(const Region& region) {
  constexpr std::uint64_t kTextOfByte = 5;  // each line of 16 bytes takes 79
  if (region.size_bytes > answer_limit_bytes() / kTextOfByte)
    base::throw_errno(region.name, EFBIG);
  Dump dump;
  for_each_block(region, 0, region.size_bytes, [&](std::span<const std::byte> data) {
    while (!data.empty()) {
      const auto line = data.first(std::min(kLineBytes, data.size()));
      dump.add(line);
      data = data.subspan(line.size());
    }
    return true;
  });
  return dump.finish();
}

std::vector<std::string> printable_strings(const Region& region, const std::string& encoding) {
  RunFinder finder(parse_encoding(encoding), region.name);
  for_each_block(region, 0, region.size_bytes, [&](std::span<const std::byte> data) {
    finder.add(data);
    return true;
  });
  return finder.finish();
}

}  // namespace vmcraft::file
