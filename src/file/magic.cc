// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/magic.h"

#include <fcntl.h>
#include <magic.h>
#include <sys/stat.h>

#include <memory>

#include "base/error.h"
#include "file/compress.h"

namespace vmcraft::file {
namespace {

struct CloseMagic {
  using pointer = magic_t;
  void operator()(magic_t cookie) const noexcept { ::magic_close(cookie); }
};
using Magic = std::unique_ptr<magic_t, CloseMagic>;

// No external decompressors: what the library cannot unpack itself stays packed.
magic_t library() {
  constexpr int kFlags = MAGIC_COMPRESS | MAGIC_NO_COMPRESS_FORK;
  thread_local Magic cookie;
  if (cookie) return cookie.get();
  Magic opened(::magic_open(kFlags));
  if (!opened) base::throw_errno("magic");
  if (::magic_load(opened.get(), nullptr) != 0) {
    const char* reason = ::magic_error(opened.get());
    base::throw_not_supported("magic", reason != nullptr ? reason : "no database of file types");
  }
  cookie = std::move(opened);
  return cookie.get();
}

std::string describe_bytes(std::span<const std::byte> data, const std::string& object) {
  magic_t cookie = library();
  const char* text = ::magic_buffer(cookie, data.data(), data.size());
  if (text == nullptr) base::throw_corrupt(object, ::magic_error(cookie));
  return text;
}

const char* type_name(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return "directory";
    case S_IFLNK:
      return "symbolic link";
    case S_IFIFO:
      return "FIFO";
    case S_IFSOCK:
      return "socket";
    case S_IFBLK:
      return "block device";
    case S_IFCHR:
      return "character device";
    default:
      return nullptr;
  }
}

}  // namespace

std::string describe(const Region& region) {
  const Block block;
  return describe_bytes(block.span().first(read_at(region, block.span(), 0)), region.name);
}

std::string describe(const mount::GuestRoot& root, const std::string& path) {
  const auto st = root.lstat(path);
  if (!st) base::throw_errno(path);
  if (const char* name = type_name(st->st_mode)) return name;
  const base::UniqueFd file = root.open_regular(path, O_RDONLY | O_NOFOLLOW);
  magic_t cookie = library();
  const char* text = ::magic_descriptor(cookie, file.get());
  if (text == nullptr) base::throw_corrupt(path, ::magic_error(cookie));
  return text;
}

std::string describe_compressed(const Region& region, const std::string& method) {
  parse_method(method);
  RegionSource source(region);
  Decompressor data(source, std::nullopt, region.name);
  const Block block;
  std::size_t filled = 0;
  while (filled < Block::kBytes) {
    const std::size_t n = data.read(block.span().subspan(filled));
    if (n == 0) break;
    filled += n;
  }
  return describe_bytes(block.span().first(filled), region.name);
}

}  // namespace vmcraft::file
