// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/list.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "file/output_buffer.h"
#include "file/walk.h"

namespace vmcraft::file {
namespace {

NameList sorted_names(const mount::GuestRoot& root, const std::string& path) {
  const base::UniqueFd directory = root.open_directory(path);
  return {directory.get(), path, NameOrder::name};
}

char type_letter(unsigned char type) {
  switch (type) {
    case DT_BLK:
      return 'b';
    case DT_CHR:
      return 'c';
    case DT_DIR:
      return 'd';
    case DT_FIFO:
      return 'f';
    case DT_LNK:
      return 'l';
    case DT_REG:
      return 'r';
    case DT_SOCK:
      return 's';
    default:
      return 'u';
  }
}

// The path of what is met, for results that keep all of them.
const std::string& listed_path(const Found& found) {
  constexpr std::size_t kLimitBytes = std::size_t{64} << 10U;
  if (found.path.size() > kLimitBytes) base::throw_errno(found.path.substr(0, 80), ENAMETOOLONG);
  return found.path;
}

class Paths : public Visitor {
 public:
  void file(const Found& found) override { paths.push_back(listed_path(found)); }
  bool enter(const Found& found) override {
    paths.push_back(listed_path(found));
    return true;
  }
  std::vector<std::string> paths{};
};

class PathWriter : public Visitor {
 public:
  explicit PathWriter(base::ByteSink& out) : out_(out) {}
  void file(const Found& found) override { put(found.path); }
  bool enter(const Found& found) override {
    put(found.path);
    return true;
  }
  void flush() { out_.flush(); }

 private:
  void put(const std::string& path) { out_.write({path.c_str(), path.size() + 1}); }
  OutputBuffer out_;
};

class ModifiedPaths : public Visitor {
 public:
  explicit ModifiedPaths(timespec since) : since_(since) {}
  void file(const Found& found) override {
    if (!S_ISREG(found.st.st_mode) && !S_ISLNK(found.st.st_mode)) return;
    const timespec& at = found.st.st_mtim;
    if (at.tv_sec > since_.tv_sec || (at.tv_sec == since_.tv_sec && at.tv_nsec >= since_.tv_nsec))
      paths.push_back("/" + listed_path(found));
  }
  bool enter(const Found&) override { return true; }
  std::vector<std::string> paths{};

 private:
  timespec since_;
};

}  // namespace

std::vector<std::string> list_names(const mount::GuestRoot& root, const std::string& path) {
  const NameList names = sorted_names(root, path);
  std::vector<std::string> result;
  result.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) result.emplace_back(names.name(i));
  return result;
}

void list_names(const mount::GuestRoot& root, const std::string& path, base::ByteSink& out) {
  const NameList names = sorted_names(root, path);
  OutputBuffer buffer(out);
  for (std::size_t i = 0; i < names.size(); ++i)
    buffer.write({names.name(i), std::strlen(names.name(i)) + 1});
  buffer.flush();
}

std::vector<Dirent> directory_entries(const mount::GuestRoot& root, const std::string& path,
                                      const Progress& progress) {
  const base::UniqueFd directory = root.open_directory(path);
  struct stat own {};
  struct stat top {};
  base::check(::fstat(directory.get(), &own), path);
  base::check(::fstat(root.fd(), &top), path);
  const bool is_root = identity(own) == identity(top);
  std::vector<Dirent> entries;
  DirectoryReader reader(directory.get(), path);
  while (const auto item = reader.next()) {
    if (entries.size() % 4096 == 0) progress.step(entries.size(), 0);
    // What is above the root is none of the guest's.
    const bool outside = is_root && std::strcmp(item->name, "..") == 0;
    entries.push_back({static_cast<std::int64_t>(outside ? own.st_ino : item->inode),
                       type_letter(item->type), item->name});
  }
  return entries;
}

std::vector<std::string> find(const mount::GuestRoot& root, const std::string& path,
                              const Progress& progress) {
  Paths visitor;
  walk(root.open_directory(path), path, visitor, {.facts = false}, progress);
  std::sort(visitor.paths.begin(), visitor.paths.end());
  return std::move(visitor.paths);
}

void find(const mount::GuestRoot& root, const std::string& path, base::ByteSink& out,
          const Progress& progress) {
  PathWriter visitor(out);
  walk(root.open_directory(path), path, visitor, {.facts = false}, progress);
  visitor.flush();
}

std::vector<std::string> find_modified_since(const mount::GuestRoot& root, const std::string& date,
                                             const Progress& progress) {
  ModifiedPaths visitor(parse_date(date));
  walk(root.open_directory("/"), "/", visitor, {.order = NameOrder::inode}, progress);
  std::sort(visitor.paths.begin(), visitor.paths.end());
  return std::move(visitor.paths);
}

}  // namespace vmcraft::file
