// SPDX-License-Identifier: LGPL-3.0-or-later
// Encoding after "ZFS On-Disk Specification" (Sun Microsystems, 2006) and RFC 4506 (XDR).
#include "volume/zfs/nvlist.h"

#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "base/error.h"

namespace vmcraft::volume::zfs {
namespace {

constexpr int kDeepest = 16;  // pools nest three deep
constexpr char kXdr = 1;

// Kinds of values.
constexpr std::uint32_t kUint64 = 8;
constexpr std::uint32_t kString = 9;
constexpr std::uint32_t kList = 19;
constexpr std::uint32_t kListArray = 20;

/// Reads from the front of bytes, and knows where these are in the whole.
class Cursor {
 public:
  Cursor(std::string_view bytes, std::size_t offset) : bytes_(bytes), offset_(offset) {}

  std::string_view take(std::size_t size) {
    if (size > bytes_.size()) fail("ends too early");
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    offset_ += size;
    return taken;
  }
  std::uint32_t u32() { return as<std::uint32_t, base::Be32>(); }
  std::uint64_t u64() { return as<std::uint64_t, base::Be64>(); }
  std::string text() {
    const std::uint32_t size = u32();
    if (size > bytes_.size()) fail("a text is longer than what holds it");
    std::string taken(take(size));
    take((4 - size % 4) % 4);
    return taken;
  }
  /// The next bytes as a cursor of their own.
  Cursor part(std::size_t size) {
    const std::size_t start = offset_;
    return {take(size), start};
  }
  [[noreturn]] void fail(const std::string& what) const {
    base::throw_corrupt("nvlist at " + std::to_string(offset_), what);
  }

 private:
  template <typename T, typename Disk>
  T as() {
    Disk value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view bytes_;
  std::size_t offset_;
};

Nvlist parse_list(Cursor& cursor, int depth);

std::optional<Nvlist::Value> parse_value(Cursor& pair, int depth) {
  const std::uint32_t kind = pair.u32();
  const std::uint32_t count = pair.u32();
  if (kind == kUint64 && count == 1) return pair.u64();
  if (kind == kString && count == 1) return pair.text();
  if (kind != kListArray && (kind != kList || count != 1)) return std::nullopt;
  std::vector<Nvlist> lists;  // each takes bytes, so that there cannot be too many
  for (std::uint32_t i = 0; i < count; ++i) lists.push_back(parse_list(pair, depth + 1));
  return lists;
}

Nvlist parse_list(Cursor& cursor, int depth) {
  if (depth > kDeepest) cursor.fail("lists are nested too deep");
  Nvlist list;
  cursor.take(8);  // version and flags
  for (;;) {
    constexpr std::uint32_t kSizes = 8;
    const std::uint32_t encoded_size = cursor.u32();
    const std::uint32_t decoded_size = cursor.u32();
    if (encoded_size == 0 && decoded_size == 0) return list;
    if (encoded_size < kSizes) cursor.fail("a value has no room for its own size");
    Cursor pair = cursor.part(encoded_size - kSizes);
    std::string name = pair.text();
    if (auto value = parse_value(pair, depth)) list.set(std::move(name), std::move(*value));
  }
}

template <typename T>
const T* find(const std::map<std::string, Nvlist::Value>& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? nullptr : std::get_if<T>(&found->second);
}

}  // namespace

std::uint64_t Nvlist::number(const std::string& name) const {
  const auto* value = find<std::uint64_t>(values_, name);
  return value == nullptr ? 0 : *value;
}

std::string Nvlist::text(const std::string& name) const {
  const auto* value = find<std::string>(values_, name);
  return value == nullptr ? "" : *value;
}

const std::vector<Nvlist>& Nvlist::lists(const std::string& name) const {
  static const std::vector<Nvlist> none;
  const auto* value = find<std::vector<Nvlist>>(values_, name);
  return value == nullptr ? none : *value;
}

Nvlist parse_nvlist(std::string_view bytes) {
  Cursor cursor(bytes, 0);
  if (cursor.take(4).front() != kXdr) cursor.fail("is not in the XDR encoding");
  return parse_list(cursor, 0);
}

}  // namespace vmcraft::volume::zfs
