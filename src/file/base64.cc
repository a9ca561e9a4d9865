// SPDX-License-Identifier: LGPL-3.0-or-later
#include <array>
#include <string>

#include "base/error.h"
#include "file/compress.h"
#include "file/output_buffer.h"

namespace vmcraft::file {
namespace {

constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kLineBytes = 57;  // 76 characters

constexpr std::array<signed char, 256> make_values() {
  std::array<signed char, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kLetters.size(); ++i)
    values[static_cast<unsigned char>(kLetters[i])] = static_cast<signed char>(i);
  return values;
}
constexpr auto kValues = make_values();

void append_encoded(std::string& text, std::span<const std::byte> bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group =
          group << 8U | (i + j < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i + j]) : 0U);
    text += kLetters[group >> 18U];
    text += kLetters[group >> 12U & 63U];
    text += i + 1 < bytes.size() ? kLetters[group >> 6U & 63U] : '=';
    text += i + 2 < bytes.size() ? kLetters[group & 63U] : '=';
  }
  text += '\n';
}

/// Turns characters into bytes, four into three.
class Decoder {
 public:
  explicit Decoder(std::string& out) : out_(out) {}

  void add(char c) {
    if (c == '\n' || c == '\r') return;
    const int value = kValues[static_cast<unsigned char>(c)];
    const bool padding = c == '=' && count_ >= 2;
    if ((value < 0 && !padding) || (value >= 0 && padding_ > 0) || ended_) fail();
    group_ = group_ << 6U | (padding ? 0U : static_cast<std::uint32_t>(value));
    if (padding) ++padding_;
    if (++count_ == 4) flush();
  }
  void finish() const {
    if (count_ != 0) fail();
  }

 private:
  [[noreturn]] static void fail() { base::throw_invalid("base64", "the text is not base64"); }
  void flush() {
    for (unsigned i = 0; i < 3 - padding_; ++i)
      out_ += static_cast<char>(group_ >> (16U - 8U * i) & 0xffU);
    ended_ = padding_ > 0;
    group_ = 0;
    count_ = 0;
    padding_ = 0;
  }

  std::string& out_;
  std::uint32_t group_ = 0;
  unsigned count_ = 0;
  unsigned padding_ = 0;
  bool ended_ = false;
};

}  // namespace

void base64_out(const Region& from, base::ByteSink& to, const Progress& progress) {
  OutputBuffer out(to);
  std::string text;
  std::vector<std::byte> rest;  // less than a line, before the next block
  for_each_block(from, 0, from.size_bytes, [&](std::span<const std::byte> data) {
    progress.stop_if_cancelled();
    rest.insert(rest.end(), data.begin(), data.end());
    const std::size_t whole = rest.size() - rest.size() % kLineBytes;
    text.clear();
    for (std::size_t i = 0; i < whole; i += kLineBytes)
      append_encoded(text, std::span(rest).subspan(i, kLineBytes));
    out.write(text);
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(whole));
    return true;
  });
  text.clear();
  if (!rest.empty()) append_encoded(text, rest);
  out.write(text);
  out.flush();
}

void base64_in(base::ByteSource& from, const Region& to, const Progress& progress) {
  const Block block;
  std::string decoded;
  Decoder decoder(decoded);
  std::uint64_t position = 0;
  while (const std::size_t n = from.read(block.span())) {
    progress.stop_if_cancelled();
    for (const std::byte b : block.span().first(n)) decoder.add(static_cast<char>(b));
    write_at(to, base::as_bytes(decoded), position);
    position += decoded.size();
    decoded.clear();
  }
  decoder.finish();
}

}  // namespace vmcraft::file
