// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "mount/guest_root.h"

namespace vmcraft::file {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10U;
constexpr std::size_t kOpenLevels = 64;

bool is_dots(const char* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

struct stat facts_of(int fd, const std::string& object) {
  struct stat st {};
  base::check(::fstat(fd, &st), object);
  return st;
}

}  // namespace

DirectoryReader::DirectoryReader(int directory, std::string object)
    : directory_(directory), object_(std::move(object)), buffer_(new char[kReadBytes]) {
  base::check(::lseek(directory_, 0, SEEK_SET), object_);
}

std::optional<DirectoryReader::Item> DirectoryReader::next() {
  if (position_ == filled_) {
    const long n = ::syscall(SYS_getdents64, directory_, buffer_.get(), kReadBytes);
    filled_ = static_cast<std::size_t>(base::check(n, object_));
    position_ = 0;
    if (filled_ == 0) return std::nullopt;
  }
  const auto* entry = reinterpret_cast<const struct dirent64*>(buffer_.get() + position_);
  position_ += entry->d_reclen;
  return Item{entry->d_name, entry->d_ino, entry->d_type};
}

NameList::NameList(int directory, const std::string& object, NameOrder order) {
  DirectoryReader reader(directory, object);
  while (const auto item = reader.next()) {
    if (is_dots(item->name) || item->name[0] == '\0' || std::strchr(item->name, '/') != nullptr)
      continue;
    entries_.push_back({text_.size(), item->inode, item->type});
    text_.append(item->name, std::strlen(item->name) + 1);
  }
  const char* text = text_.c_str();
  std::sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
    if (order == NameOrder::inode && a.inode != b.inode) return a.inode < b.inode;
    return std::strcmp(text + a.start, text + b.start) < 0;
  });
}

DirectoryStack::DirectoryStack(base::UniqueFd top, const std::string& object) {
  const struct stat st = facts_of(top.get(), object);
  push(std::move(top), st, object);
}

void DirectoryStack::push(base::UniqueFd directory, const struct stat& st,
                          const std::string& object) {
  if (!above_.insert(identity(st)).second) base::throw_errno(object, ELOOP);
  levels_.push_back({std::move(directory), identity(st)});
  if (levels_.size() > kOpenLevels) levels_[levels_.size() - 1 - kOpenLevels].fd.reset();
}

int DirectoryStack::parent(const std::string& object) {
  Level& above = levels_.at(levels_.size() - 2);
  if (above.fd) return above.fd.get();
  base::UniqueFd found(base::check(
      ::openat(current(), "..", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), object));
  if (identity(facts_of(found.get(), object)) != above.id) base::throw_errno(object, ESTALE);
  above.fd = std::move(found);
  return above.fd.get();
}

void DirectoryStack::pop(const std::string& object) {
  if (levels_.size() > 1) parent(object);
  above_.erase(levels_.back().id);
  levels_.pop_back();
}

int open_child(int directory, const char* name, int flags, mode_t mode) noexcept {
  return mount::open_component(directory, name, flags | O_NOFOLLOW, mode);
}

base::UniqueFd open_child_directory(int directory, const char* name, const std::string& object) {
  return base::UniqueFd(base::check(open_child(directory, name, O_RDONLY | O_DIRECTORY), object));
}

base::UniqueFd open_child_regular(int directory, const char* name, const std::string& object,
                                  struct stat& st) {
  base::UniqueFd file(
      base::check(open_child(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY), object));
  st = facts_of(file.get(), object);
  if (!S_ISREG(st.st_mode)) base::throw_invalid(object, "not a regular file");
  return file;
}

}  // namespace vmcraft::file
