// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/walk.h"

#include <dirent.h>
#include <fcntl.h>

#include <cstring>

#include "base/error.h"

namespace vmcraft::file {
namespace {

constexpr unsigned kEntriesPerCheck = 256;

class Walk {
 public:
  Walk(base::UniqueFd top, const std::string& object, Visitor& visitor, const WalkOptions& options,
       const Progress& progress)
      : object_(object),
        visitor_(visitor),
        options_(options),
        progress_(progress),
        stack_(std::move(top), object),
        ahead_({options.facts, options.content}) {
    open_level(0, {});
  }

  void run() {
    while (!levels_.empty()) {
      Level& level = levels_.back();
      if (level.next < level.names.size()) {
        visit(level.names, level.next++);
      } else {
        close_level();
      }
    }
  }

 private:
  struct Level {
    NameList names;
    std::size_t next = 0;
    std::size_t path_length = 0;  ///< of the directory itself
    std::size_t name_length = 0;
    struct stat st {};
  };

  void open_level(std::size_t name_length, const struct stat& st) {
    ahead_.forget();
    levels_.push_back({NameList(stack_.current(), below(object_, path_), options_.order), 0,
                       path_.size(), name_length, st});
  }

  void close_level() {
    ahead_.forget();
    const Level level = std::move(levels_.back());
    levels_.pop_back();
    if (levels_.empty()) return;
    const std::string object = below(object_, path_);
    const int directory = stack_.parent(object);
    const std::string name = path_.substr(level.path_length - level.name_length);
    visitor_.leave({directory, name.c_str(), path_, level.st, stack_.current()});
    stack_.pop(object);
    path_.resize(levels_.back().path_length);
  }

  void visit(const NameList& names, std::size_t i) {
    if (++count_ % kEntriesPerCheck == 0) progress_.stop_if_cancelled();
    const char* name = names.name(i);
    const Prefetch::Item* ahead =
        names.type(i) == DT_DIR ? nullptr : ahead_.look(stack_.current(), names, i);
    struct stat st {};
    if (!look(name, names.type(i), ahead, st)) return;
    const std::size_t length = path_.size();
    if (length > 0) path_ += '/';
    path_ += name;
    if (S_ISDIR(st.st_mode) && descend(name, st)) return;
    const Content* content = ahead != nullptr && ahead->file >= 0 ? &ahead->content : nullptr;
    if (!S_ISDIR(st.st_mode)) visitor_.file({stack_.current(), name, path_, st, -1, content});
    path_.resize(length);
  }

  // A directory's facts are taken when it is open.
  bool look(const char* name, unsigned char type, const Prefetch::Item* ahead, struct stat& st) {
    if (ahead != nullptr && ahead->has_facts) {
      st = ahead->st;
      return true;
    }
    if (type == DT_DIR || (!options_.facts && type != DT_UNKNOWN)) {
      st.st_mode = DTTOIF(type);
      return true;
    }
    if (::fstatat(stack_.current(), name, &st, AT_SYMLINK_NOFOLLOW) == 0) return true;
    if (errno == ENOENT) return false;
    base::throw_errno(below(object_, path_.empty() ? name : path_ + "/" + name));
  }

  // True where a new level was opened, which then keeps the path.
  bool descend(const char* name, struct stat& st) {
    base::UniqueFd child(open_child(stack_.current(), name, O_RDONLY | O_DIRECTORY));
    if (!child && errno == ENOENT) return false;
    base::check(child.get(), below(object_, path_));
    base::check(::fstat(child.get(), &st), below(object_, path_));
    if (!visitor_.enter({stack_.current(), name, path_, st, child.get()})) return false;
    stack_.push(std::move(child), st, below(object_, path_));
    open_level(std::strlen(name), st);
    return true;
  }

  const std::string& object_;
  Visitor& visitor_;
  const WalkOptions& options_;
  const Progress& progress_;
  DirectoryStack stack_;
  Prefetch ahead_;
  std::vector<Level> levels_;
  std::string path_;
  unsigned count_ = 0;
};

}  // namespace

FoundFile::FoundFile(const Found& found, const std::string& object) {
  if (found.content != nullptr && S_ISREG(found.st.st_mode) && found.content->file >= 0) {
    fd_ = found.content->file;
    st_ = found.st;
    head_ = found.content->head;
    whole_ = found.content->whole;
    return;
  }
  owned_ = open_child_regular(found.directory, found.name, object, st_);
  fd_ = owned_.get();
}

void walk(base::UniqueFd top, const std::string& object, Visitor& visitor,
          const WalkOptions& options, const Progress& progress) {
  Walk(std::move(top), object, visitor, options, progress).run();
}

std::string below(const std::string& top, const std::string& path) {
  if (path.empty()) return top;
  return top.empty() || top.back() == '/' ? top + path : top + "/" + path;
}

}  // namespace vmcraft::file
