// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/windows/utf16.h"

#include <cstdint>
#include <optional>

#include "base/error.h"

namespace vmcraft::edit {
namespace {

constexpr std::uint32_t kFirstHigh = 0xd800;
constexpr std::uint32_t kFirstLow = 0xdc00;
constexpr std::uint32_t kAfterLow = 0xe000;
constexpr std::uint32_t kFirstPair = 0x10000;
constexpr std::uint32_t kLast = 0x10ffff;

std::uint32_t byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

void put_unit(std::string& out, std::uint32_t unit) {
  out += static_cast<char>(unit & 0xffU);
  out += static_cast<char>(unit >> 8U);
}

// The character at `at`, which moves behind it; nothing where the bytes are no UTF-8.
std::optional<std::uint32_t> next_character(std::string_view text, std::size_t& at) {
  const std::uint32_t first = byte_at(text, at);
  if (first < 0x80) return ++at, first;
  const std::size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  if (first < 0xc2 || first > 0xf4 || at + more >= text.size()) return std::nullopt;
  std::uint32_t code = first & (0x3fU >> more);
  for (std::size_t i = 1; i <= more; ++i) {
    const std::uint32_t next = byte_at(text, at + i);
    if ((next & 0xc0U) != 0x80) return std::nullopt;
    code = code << 6U | (next & 0x3fU);
  }
  const bool is_long = (more == 2 && code < 0x800) || (more == 3 && code < kFirstPair);
  if (is_long || code > kLast) return std::nullopt;
  at += more + 1;
  return code;
}

void put_character(std::string& out, std::uint32_t code) {
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80U | (code >> shift & 0x3fU)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0U | code >> 6U);
    tail(0);
  } else if (code < kFirstPair) {
    out += static_cast<char>(0xe0U | code >> 12U);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0U | code >> 18U);
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string swapped(std::string_view bytes) {
  std::string result;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) result += {bytes[i + 1], bytes[i]};
  return result;
}

}  // namespace

std::string to_utf16(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size() * 2);
  for (std::size_t at = 0; at < utf8.size();) {
    const auto code = next_character(utf8, at);
    if (!code) base::throw_invalid(utf8, "not UTF-8");
    if (*code < kFirstPair) {
      put_unit(out, *code);
    } else {
      put_unit(out, kFirstHigh + ((*code - kFirstPair) >> 10U));
      put_unit(out, kFirstLow + ((*code - kFirstPair) & 0x3ffU));
    }
  }
  return out;
}

std::string from_utf16(std::string_view utf16) {
  const auto unit = [&](std::size_t at) { return byte_at(utf16, at) | byte_at(utf16, at + 1) << 8U; };
  std::string out;
  out.reserve(utf16.size() / 2);
  for (std::size_t at = 0; at + 1 < utf16.size(); at += 2) {
    std::uint32_t code = unit(at);
    if (code >= kFirstHigh && code < kFirstLow && at + 3 < utf16.size()) {
      const std::uint32_t low = unit(at + 2);
      if (low >= kFirstLow && low < kAfterLow) {
        code = kFirstPair + ((code - kFirstHigh) << 10U) + (low - kFirstLow);
        at += 2;
      }
    }
    put_character(out, code);
  }
  return out;
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();)
    if (!next_character(text, at)) return false;
  return true;
}

std::string from_latin1(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) put_character(out, byte_at(text, at));
  return out;
}

std::string decode_text(std::string_view bytes) {
  if (bytes.starts_with("\xff\xfe")) return from_utf16(bytes.substr(2));
  if (bytes.starts_with("\xfe\xff")) return from_utf16(swapped(bytes.substr(2)));
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  if (bytes.size() > 1 && bytes[0] != '\0' && bytes[1] == '\0') return from_utf16(bytes);
  return is_utf8(bytes) ? std::string(bytes) : from_latin1(bytes);
}

}  // namespace vmcraft::edit
