// SPDX-License-Identifier: LGPL-3.0-or-later
// The SVR4 portable format: ASCII headers, with a sum of the bytes ("crc") or without ("newc").
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "file/archive.h"
#include "file/packer.h"
#include "file/path.h"

namespace vmcraft::file {
namespace {

constexpr std::uint64_t kSizeLimit = std::uint64_t{1} << 32U;
constexpr std::size_t kHeaderBytes = 110;

class CpioPacker : public Visitor {
 public:
  CpioPacker(base::ByteSink& to, const std::string& top, bool sums, const Progress& progress)
      : out_(to), top_(top), sums_(sums), progress_(progress) {}

  void add_top(int directory) {
    struct stat st {};
    base::check(::fstat(directory, &st), top_);
    header(".", st, 0, 0);
  }

  bool enter(const Found& found) override {
    header(found.path, found.st, 0, 0);
    return true;
  }

  void file(const Found& found) override {
    if (S_ISSOCK(found.st.st_mode)) return;
    if (S_ISREG(found.st.st_mode)) return add_regular(found);
    std::string text;
    if (S_ISLNK(found.st.st_mode)) text = read_link_at(found.directory, found.name).value_or("");
    header(found.path, found.st, text.size(), 0);
    out_.write(text);
    pad(text.size());
  }

  void finish() {
    struct stat st {};
    st.st_nlink = 1;
    header("TRAILER!!!", st, 0, 0);
    out_.flush();
    if (!damaged_.empty()) base::throw_invalid(damaged_, "became shorter while it was read");
  }

 private:
  // Inode numbers of many file systems do not fit: files are numbered as they come.
  std::uint32_t number(const struct stat& st) {
    if (S_ISDIR(st.st_mode) || st.st_nlink < 2) return ++last_inode_;
    const auto [at, is_new] = inodes_.emplace(identity(st), last_inode_ + 1);
    if (is_new) ++last_inode_;
    return at->second;
  }

  void add_regular(const Found& found) {
    struct stat st {};
    const std::string object = below(top_, found.path);
    const base::UniqueFd file = open_child_regular(found.directory, found.name, object, st);
    const auto size = static_cast<std::uint64_t>(st.st_size);
    if (size >= kSizeLimit) base::throw_errno(object, EFBIG);
    const Region region{object, file.get(), 0, size};
    if (st.st_nlink > 1 && inodes_.contains(identity(st))) return header(found.path, st, 0, 0);
    header(found.path, st, size, sums_ ? sum(region) : 0);
    if (!put_content(region, {0, size}, out_, progress_)) damaged_ = object;
    pad(size);
  }

  std::uint32_t sum(const Region& region) const {
    std::uint32_t sum = 0;
    for_each_block(region, 0, region.size_bytes, [&](std::span<const std::byte> data) {
      progress_.stop_if_cancelled();
      for (const std::byte b : data) sum += std::to_integer<std::uint32_t>(b);
      return true;
    });
    return sum;
  }

  void header(const std::string& name, const struct stat& st, std::uint64_t size,
              std::uint32_t check) {
    const std::uint32_t inode = number(st);
    out_.write(fmt::format(
        "07070{:c}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}",
        sums_ ? '2' : '1', inode, st.st_mode, st.st_uid, st.st_gid, st.st_nlink,
        static_cast<std::uint32_t>(std::max<std::time_t>(0, st.st_mtim.tv_sec)), size, 0, 0,
        major(st.st_rdev), minor(st.st_rdev), name.size() + 1, check));
    out_.write({name.c_str(), name.size() + 1});
    pad(kHeaderBytes + name.size() + 1);
  }

  void pad(std::uint64_t written) { out_.write(std::string_view("\0\0\0", (4 - written % 4) % 4)); }

  OutputBuffer out_;
  const std::string& top_;
  bool sums_;
  const Progress& progress_;
  std::map<Identity, std::uint32_t> inodes_;
  std::uint32_t last_inode_ = 0;
  std::string damaged_;
};

}  // namespace

void pack_cpio(const mount::GuestRoot& root, const std::string& directory, base::ByteSink& to,
               const std::string& format, const Progress& progress) {
  if (format != "newc" && format != "crc") base::throw_invalid(format, "not a format of cpio");
  base::UniqueFd top = root.open_directory(directory);
  CpioPacker packer(to, directory, format == "crc", progress);
  packer.add_top(top.get());
  walk(std::move(top), directory, packer, {}, progress);
  packer.finish();
}

}  // namespace vmcraft::file
