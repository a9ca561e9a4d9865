// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/status.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "file/directory.h"
#include "file/walk.h"

namespace vmcraft::file {
namespace {

template <typename T>
std::int64_t number(T value) {
  return static_cast<std::int64_t>(value);
}

// Counts each file with several names once.
class Usage : public Visitor {
 public:
  void add(const struct stat& st) {
    if (!S_ISDIR(st.st_mode) && st.st_nlink > 1 && !counted_.insert(identity(st)).second) return;
    blocks_ += static_cast<std::uint64_t>(st.st_blocks);
  }
  void file(const Found& found) override { add(found.st); }
  bool enter(const Found& found) override {
    add(found.st);
    return true;
  }
  std::int64_t kibibytes() const { return number((blocks_ + 1) / 2); }

 private:
  std::set<Identity> counted_;
  std::uint64_t blocks_ = 0;  ///< of 512 bytes
};

bool is_component(const std::string& name) {
  return !name.empty() && name.find('/') == std::string::npos && name != "..";
}

base::IoRing* ring_for(const std::vector<std::string>& names) {
  constexpr std::size_t kWorthwhile = 8;
  if (names.size() < kWorthwhile || !std::all_of(names.begin(), names.end(), is_component))
    return nullptr;
  return base::IoRing::of_thread();
}

}  // namespace

Stat to_stat(const mount::GuestRoot& root, const struct stat& st) {
  return {number(root.shown_device(st.st_dev)), number(st.st_ino),         number(st.st_mode),
          number(st.st_nlink),      number(st.st_uid),         number(st.st_gid),
          number(st.st_rdev),       number(st.st_size),        number(st.st_blksize),
          number(st.st_blocks),     number(st.st_atim.tv_sec), number(st.st_mtim.tv_sec),
          number(st.st_ctim.tv_sec)};
}

Statns to_statns(const mount::GuestRoot& root, const struct stat& st) {
  Statns out;
  out.st_dev = number(root.shown_device(st.st_dev));
  out.st_ino = number(st.st_ino);
  out.st_mode = number(st.st_mode);
  out.st_nlink = number(st.st_nlink);
  out.st_uid = number(st.st_uid);
  out.st_gid = number(st.st_gid);
  out.st_rdev = number(st.st_rdev);
  out.st_size = number(st.st_size);
  out.st_blksize = number(st.st_blksize);
  out.st_blocks = number(st.st_blocks);
  out.st_atime_sec = number(st.st_atim.tv_sec);
  out.st_atime_nsec = number(st.st_atim.tv_nsec);
  out.st_mtime_sec = number(st.st_mtim.tv_sec);
  out.st_mtime_nsec = number(st.st_mtim.tv_nsec);
  out.st_ctime_sec = number(st.st_ctim.tv_sec);
  out.st_ctime_nsec = number(st.st_ctim.tv_nsec);
  return out;
}

struct stat facts(const mount::GuestRoot& root, const std::string& path, Links links) {
  const base::UniqueFd file =
      root.open(path, links == Links::follow ? O_PATH : O_PATH | O_NOFOLLOW);
  struct stat st {};
  base::check(::fstat(file.get(), &st), path);
  return st;
}

std::vector<std::optional<struct stat>> facts_of_names(const mount::GuestRoot& root,
                                                       const std::string& directory,
                                                       const std::vector<std::string>& names) {
  const base::UniqueFd fd = root.open(directory, O_PATH | O_DIRECTORY);
  if (base::IoRing* ring = ring_for(names)) {
    std::vector<const char*> texts;
    for (const std::string& name : names) texts.push_back(name.c_str());
    return facts_of_many(*ring, fd.get(), texts);
  }
  std::vector<std::optional<struct stat>> result;
  result.reserve(names.size());
  for (const std::string& name : names) {
    // A path of several components may lead through links: those only the root resolves.
    if (!name.empty() && !is_component(name)) {
      result.push_back(root.lstat(below(directory, name)));
      continue;
    }
    struct stat st {};
    const bool found =
        !name.empty() && ::fstatat(fd.get(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0;
    result.push_back(found ? std::optional(st) : std::nullopt);
  }
  return result;
}

std::vector<Stat> stat_list(const mount::GuestRoot& root, const std::string& directory,
                            const std::vector<std::string>& names) {
  std::vector<Stat> result;
  result.reserve(names.size());
  for (const auto& st : facts_of_names(root, directory, names)) {
    result.push_back(st ? to_stat(root, *st) : Stat{});
    if (!st) result.back().ino = -1;
  }
  return result;
}

std::vector<Statns> statns_list(const mount::GuestRoot& root, const std::string& directory,
                                const std::vector<std::string>& names) {
  std::vector<Statns> result;
  result.reserve(names.size());
  for (const auto& st : facts_of_names(root, directory, names)) {
    result.push_back(st ? to_statns(root, *st) : Statns{});
    if (!st) result.back().st_ino = -1;
  }
  return result;
}

Statvfs file_system_facts(const mount::GuestRoot& root, const std::string& path) {
  const base::UniqueFd file = root.open(path, O_PATH);
  struct statvfs st {};
  base::check(::fstatvfs(file.get(), &st), path);
  return {number(st.f_bsize),  number(st.f_frsize), number(st.f_blocks), number(st.f_bfree),
          number(st.f_bavail), number(st.f_files),  number(st.f_ffree),  number(st.f_favail),
          number(st.f_fsid),   number(st.f_flag),   number(st.f_namemax)};
}

bool exists(const mount::GuestRoot& root, const std::string& path) noexcept {
  return static_cast<bool>(base::UniqueFd(mount::open_in_root(root.fd(), path.c_str(), O_PATH | O_NOFOLLOW)));
}

bool is_type(const mount::GuestRoot& root, const std::string& path, mode_t type, Links links) {
  const auto st = links == Links::follow ? root.stat(path) : root.lstat(path);
  if (!st && errno == ELOOP) base::throw_errno(path);
  return st && (st->st_mode & S_IFMT) == type;
}

std::int64_t disk_usage(const mount::GuestRoot& root, const std::string& path,
                        const Progress& progress) {
  Usage usage;
  const struct stat st = facts(root, path, Links::keep);
  usage.add(st);
  if (S_ISDIR(st.st_mode))
    walk(root.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path, usage, {}, progress);
  return usage.kibibytes();
}

}  // namespace vmcraft::file
