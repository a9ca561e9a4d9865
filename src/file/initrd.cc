// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/initrd.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "file/compress.h"

namespace vmcraft::file {
namespace {

// The "newc" format: a magic number and 13 fields of eight hexadecimal digits, all in ASCII. Name and
// content are padded to four bytes.
constexpr std::size_t kHeaderBytes = 110;
constexpr std::size_t kMagicBytes = 6;
constexpr std::size_t kFieldBytes = 8;
enum Field { kInode = 0, kMode = 1, kLinks = 4, kSize = 6, kNameSize = 11 };
constexpr std::uint32_t kLongestName = 65536;
constexpr std::string_view kTrailer = "TRAILER!!!";
constexpr std::uint64_t kLargestContent = 1U << 30U;

bool is_magic(std::string_view bytes) { return bytes == "070701" || bytes == "070702"; }

/// The stream below, with its position and one byte that was read too much.
class Input {
 public:
  Input(base::ByteSource& stream, const std::string& object) : stream_(stream), object_(object) {}

  std::uint64_t position() const noexcept { return position_; }
  const std::string& object() const noexcept { return object_; }

  std::size_t read_some(std::span<std::byte> buffer) {
    if (buffer.empty()) return 0;
    if (ahead_) {
      buffer.front() = *ahead_;
      ahead_.reset();
      ++position_;
      return 1;
    }
    const std::size_t n = stream_.read(buffer);
    position_ += n;
    return n;
  }
  void read(std::span<std::byte> buffer) {
    while (!buffer.empty()) {
      const std::size_t n = read_some(buffer);
      if (n == 0) base::throw_corrupt(object_, "ends in the middle of an archive");
      buffer = buffer.subspan(n);
    }
  }
  std::string text(std::size_t size) {
    std::string bytes(size, '\0');
    read(std::as_writable_bytes(std::span(bytes.data(), bytes.size())));
    return bytes;
  }
  /// Passes over zeroes; false at the end of the stream.
  bool skip_zeroes() {
    std::array<std::byte, 1> one{};
    do {
      if (read_some(one) == 0) return false;
    } while (one[0] == std::byte{0});
    ahead_ = one[0];
    --position_;
    return true;
  }
  void align() { text((4 - position_ % 4) % 4); }
  /// An archive begins here: padding counts from its start.
  void restart() noexcept { position_ = 0; }

 private:
  base::ByteSource& stream_;
  const std::string& object_;
  std::optional<std::byte> ahead_;
  std::uint64_t position_ = 0;
};

/// What a member holds.
class Content : public base::ByteSource {
 public:
  Content(Input& input, std::uint64_t size) : input_(input), left_(size) {}
  std::size_t read(std::span<std::byte> buffer) override {
    const auto part = buffer.first(std::min<std::uint64_t>(buffer.size(), left_));
    input_.read(part);
    left_ -= part.size();
    return part.size();
  }
  std::optional<std::uint64_t> remaining() const override { return left_; }

 private:
  Input& input_;
  std::uint64_t left_;
};

std::uint32_t field(const Input& input, std::string_view header, Field number) {
  const auto digits = header.substr(kMagicBytes + kFieldBytes * number, kFieldBytes);
  const auto value = base::parse_number<std::uint32_t>(digits, 16);
  if (!value) base::throw_corrupt(input.object(), "bad header of a member");
  return *value;
}

InitrdMember read_member(Input& input) {
  const std::string header = input.text(kHeaderBytes);
  if (!is_magic(header.substr(0, kMagicBytes)))
    base::throw_corrupt(input.object(), "not an initrd: no cpio archive where one should be");
  InitrdMember member;
  member.inode = field(input, header, kInode);
  member.mode = field(input, header, kMode);
  member.links = field(input, header, kLinks);
  member.size_bytes = field(input, header, kSize);
  const std::uint32_t name_size = field(input, header, kNameSize);
  if (name_size == 0 || name_size > kLongestName)
    base::throw_corrupt(input.object(), "bad name of a member");
  member.name = input.text(name_size).c_str();
  input.align();
  return member;
}

void drain(base::ByteSource& content, const Progress& progress) {
  std::vector<std::byte> block(65536);
  while (content.read(block) > 0) progress.stop_if_cancelled();
}

/// A region from a position on.
class Rest : public base::ByteSource {
 public:
  Rest(const Region& region, std::uint64_t position) : region_(region), position_(position) {}
  std::size_t read(std::span<std::byte> buffer) override {
    const std::size_t n = read_at(region_, buffer, position_);
    position_ += n;
    return n;
  }

 private:
  const Region& region_;
  std::uint64_t position_;
};

// One archive; false where the visit stopped it.
bool visit_archive(Input& input, const InitrdVisit& visit, const Progress& progress) {
  for (;;) {
    const InitrdMember member = read_member(input);
    if (member.name == kTrailer) return true;
    Content content(input, member.size_bytes);
    if (!visit(member, content)) return false;
    drain(content, progress);
    input.align();
  }
}

enum class Stop { end, compressed, by_visit };

// The archives before the first compressed one, which `position` is left at.
Stop visit_plain(const Region& region, const InitrdVisit& visit, const Progress& progress,
                 std::uint64_t& position) {
  for (;;) {
    Rest rest(region, position);
    Input input(rest, region.name);
    if (!input.skip_zeroes()) return Stop::end;
    position += input.position();
    std::array<char, kMagicBytes> magic{};
    const std::size_t n = read_at(region, std::as_writable_bytes(std::span(magic)), position);
    if (!is_magic({magic.data(), n})) return Stop::compressed;
    input.restart();
    if (!visit_archive(input, visit, progress)) return Stop::by_visit;
    position += input.position();
  }
}

}  // namespace

bool for_each_cpio_member(base::ByteSource& stream, const std::string& object,
                          const InitrdVisit& visit, const Progress& progress) {
  Input input(stream, object);
  while (input.skip_zeroes()) {
    input.restart();
    if (!visit_archive(input, visit, progress)) return false;
  }
  return true;
}

void for_each_initrd_member(const Region& region, const InitrdVisit& visit, const Progress& progress) {
  std::uint64_t position = 0;
  const Stop stop = visit_plain(region, visit, progress, position);
  if (stop == Stop::end && region.size_bytes == 0) base::throw_corrupt(region.name, "not an initrd: is empty");
  if (stop != Stop::compressed) return;
  Rest rest(region, position);
  Decompressor stream(rest, std::nullopt, region.name);
  for_each_cpio_member(stream, region.name, visit, progress);
}

std::vector<std::string> list_initrd(const Region& region, const Progress& progress) {
  std::vector<std::string> names;
  for_each_initrd_member(
      region,
      [&](const InitrdMember& member, base::ByteSource&) {
        names.push_back(member.name);
        return true;
      },
      progress);
  return names;
}

std::string read_initrd(const Region& region, const std::string& name, const Progress& progress) {
  std::optional<InitrdMember> found;
  std::string bytes;
  const auto visit = [&](const InitrdMember& member, base::ByteSource& content) {
    // Of a file with several names, the content stands with the last of them.
    const bool same_file = found && found->links > 1 && member.inode == found->inode;
    if (member.name != name && !same_file) return true;
    if (!found) found = member;
    if (!S_ISREG(member.mode)) base::throw_invalid(name, "not a regular file");
    if (member.size_bytes > kLargestContent) base::throw_errno(name, EFBIG);
    bytes.resize(member.size_bytes);
    std::span<std::byte> left = std::as_writable_bytes(std::span(bytes.data(), bytes.size()));
    while (!left.empty()) left = left.subspan(content.read(left));
    return member.links > 1 && bytes.empty();
  };
  for_each_initrd_member(region, visit, progress);
  if (!found) base::throw_errno(name, ENOENT);
  return bytes;
}

}  // namespace vmcraft::file
