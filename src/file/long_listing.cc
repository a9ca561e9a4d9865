// SPDX-License-Identifier: LGPL-3.0-or-later
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/error.h"
#include "file/accounts.h"
#include "file/directory.h"
#include "file/list.h"
#include "file/path.h"
#include "file/walk.h"
#include "file/xattr.h"

namespace vmcraft::file {
namespace {

std::string mode_text(mode_t mode) {
  std::string text = "?rwxrwxrwx";
  switch (mode & S_IFMT) {
    case S_IFREG:
      text[0] = '-';
      break;
    case S_IFDIR:
      text[0] = 'd';
      break;
    case S_IFLNK:
      text[0] = 'l';
      break;
    case S_IFCHR:
      text[0] = 'c';
      break;
    case S_IFBLK:
      text[0] = 'b';
      break;
    case S_IFIFO:
      text[0] = 'p';
      break;
    case S_IFSOCK:
      text[0] = 's';
      break;
    default:
      break;
  }
  for (unsigned i = 0; i < 9; ++i)
    if ((mode & (0400U >> i)) == 0) text[i + 1] = '-';
  const auto special = [&](mode_t bit, std::size_t at, char with_x, char without) {
    if ((mode & bit) != 0) text[at] = text[at] == 'x' ? with_x : without;
  };
  special(S_ISUID, 3, 's', 'S');
  special(S_ISGID, 6, 's', 'S');
  special(S_ISVTX, 9, 't', 'T');
  return text;
}

// As ls: the clock for the last half year, else the year; UTC.
std::string time_text(std::time_t at, std::time_t now) {
  constexpr std::time_t kHalfYear = 31556952 / 2;
  std::tm fields{};
  std::array<char, 32> text{};
  ::gmtime_r(&at, &fields);
  const char* format = at <= now && at > now - kHalfYear ? "%b %e %H:%M" : "%b %e  %Y";
  const std::size_t n = std::strftime(text.data(), text.size(), format, &fields);
  return {text.data(), n};
}

struct Line {
  std::string mode, links, owner, group, label, size, time, name;
};

class Listing {
 public:
  Listing(const mount::GuestRoot& root, const std::string& path, Labels labels)
      : root_(root), path_(path), labels_(labels), accounts_(root), now_(std::time(nullptr)) {}

  std::string text() {
    const base::UniqueFd directory = root_.open_directory(path_);
    struct stat st {};
    base::check(::fstat(directory.get(), &st), path_);
    add(directory.get(), ".", st);
    // Resolved in the guest: the one above the root is the root.
    if (const auto above = root_.stat(below(path_, ".."))) add(-1, "..", *above);
    const NameList names(directory.get(), path_, NameOrder::name);
    for (std::size_t i = 0; i < names.size(); ++i)
      if (::fstatat(directory.get(), names.name(i), &st, AT_SYMLINK_NOFOLLOW) == 0)
        add(directory.get(), names.name(i), st);
    std::string text = fmt::format("total {}\n", blocks_ / 2);
    for (const Line& line : lines_) append(text, line);
    return text;
  }

 private:
  static std::string name_of(const std::string* name, id_t id) {
    return name != nullptr ? *name : std::to_string(id);
  }

  void add(int directory, const std::string& name, const struct stat& st) {
    Line line;
    line.mode = mode_text(st.st_mode);
    line.links = std::to_string(st.st_nlink);
    line.owner = name_of(accounts_.user(st.st_uid), st.st_uid);
    line.group = name_of(accounts_.group(st.st_gid), st.st_gid);
    if (labels_ == Labels::show) line.label = label(directory, name);
    line.size = S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)
                    ? fmt::format("{}, {}", major(st.st_rdev), minor(st.st_rdev))
                    : std::to_string(st.st_size);
    line.time = time_text(st.st_mtim.tv_sec, now_);
    line.name = name;
    if (S_ISLNK(st.st_mode))
      if (const auto target = read_link_at(directory, name.c_str())) line.name += " -> " + *target;
    blocks_ += static_cast<std::uint64_t>(st.st_blocks);
    widths_[0] = std::max(widths_[0], line.links.size());
    widths_[1] = std::max(widths_[1], line.owner.size());
    widths_[2] = std::max(widths_[2], line.group.size());
    widths_[3] = std::max(widths_[3], line.label.size());
    widths_[4] = std::max(widths_[4], line.size.size());
    lines_.push_back(std::move(line));
  }

  std::string label(int directory, const std::string& name) const {
    if (directory < 0) return "?";
    const base::UniqueFd node(open_child(directory, name.c_str(), O_PATH));
    const auto value = node ? get_xattr(node.get(), "security.selinux") : std::nullopt;
    return value ? value->substr(0, value->find('\0')) : "?";
  }

  void append(std::string& text, const Line& line) const {
    text += fmt::format("{} {:>{}} {:<{}} {:<{}} ", line.mode, line.links, widths_[0], line.owner,
                        widths_[1], line.group, widths_[2]);
    if (labels_ == Labels::show) text += fmt::format("{:<{}} ", line.label, widths_[3]);
    text += fmt::format("{:>{}} {} ", line.size, widths_[4], line.time);
    text += line.name;
    text += '\n';
  }

  const mount::GuestRoot& root_;
  const std::string& path_;
  Labels labels_;
  Accounts accounts_;
  std::time_t now_;
  std::vector<Line> lines_;
  std::array<std::size_t, 5> widths_{};
  std::uint64_t blocks_ = 0;
};

}  // namespace

std::string long_listing(const mount::GuestRoot& root, const std::string& path, Labels labels) {
  return Listing(root, path, labels).text();
}

}  // namespace vmcraft::file
