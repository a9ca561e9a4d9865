// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/prefetch.h"

#include <dirent.h>
#include <fcntl.h>
#include <liburing.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace vmcraft::file {
namespace {

constexpr std::size_t kMost = base::IoRing::kMost;
constexpr std::size_t kWorthwhile = 2;

timespec to_timespec(const statx_timestamp& at) { return {at.tv_sec, static_cast<long>(at.tv_nsec)}; }

struct stat to_stat(const struct statx& from) {
  struct stat st {};
  st.st_dev = makedev(from.stx_dev_major, from.stx_dev_minor);
  st.st_ino = from.stx_ino;
  st.st_mode = from.stx_mode;
  st.st_nlink = from.stx_nlink;
  st.st_uid = from.stx_uid;
  st.st_gid = from.stx_gid;
  st.st_rdev = makedev(from.stx_rdev_major, from.stx_rdev_minor);
  st.st_size = static_cast<off_t>(from.stx_size);
  st.st_blksize = static_cast<blksize_t>(from.stx_blksize);
  st.st_blocks = static_cast<blkcnt_t>(from.stx_blocks);
  st.st_atim = to_timespec(from.stx_atime);
  st.st_mtim = to_timespec(from.stx_mtime);
  st.st_ctim = to_timespec(from.stx_ctime);
  return st;
}

}  // namespace

std::vector<std::optional<struct stat>> facts_of_many(base::IoRing& ring, int directory,
                                                      std::span<const char* const> names) {
  std::vector<std::optional<struct stat>> facts;
  facts.reserve(names.size());
  std::array<struct statx, kMost> found{};
  while (!names.empty()) {
    const auto now = names.first(std::min(names.size(), kMost));
    const std::vector<int>& results = ring.run(now.size(), [&](io_uring_sqe* entry, std::size_t i) {
      ::io_uring_prep_statx(entry, directory, now[i], AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS,
                            &found[i]);
    });
    for (std::size_t i = 0; i < now.size(); ++i)
      facts.push_back(results[i] < 0 ? std::nullopt : std::optional(to_stat(found[i])));
    names = names.subspan(now.size());
  }
  return facts;
}

const Prefetch::Item* Prefetch::look(int directory, const NameList& names, std::size_t i) {
  if (!asked_for_ring_ && (wants_.facts || wants_.content)) ring_ = base::IoRing::of_thread();
  asked_for_ring_ = true;
  if (ring_ == nullptr) return nullptr;
  if (i < first_ || i >= first_ + items_.size()) read_from(directory, names, i);
  if (i >= first_ + items_.size()) return nullptr;
  const Item& item = items_[i - first_];
  return item.has_facts || item.file >= 0 ? &item : nullptr;
}

void Prefetch::forget() {
  close_files();
  items_.clear();
}

// Up to the next directory: what is in that is read ahead by its own names.
std::size_t Prefetch::end_of_run(const NameList& names, std::size_t first) const {
  std::size_t end = first;
  while (end < names.size() && end - first < kMost && names.type(end) != DT_DIR) ++end;
  return end;
}

bool Prefetch::wants_content(const NameList& names, std::size_t i) const {
  return wants_.content && names.type(i) == DT_REG;
}

void Prefetch::read_from(int directory, const NameList& names, std::size_t first) {
  forget();
  first_ = first;
  const std::size_t end = end_of_run(names, first);
  if (end - first < kWorthwhile) return;
  items_.resize(end - first);
  Numbers files;
  Numbers others;
  for (std::size_t i = first; i < end; ++i)
    (wants_content(names, i) ? files : others).push_back(i - first);
  if (wants_.facts) take_facts(directory, names, others);
  open_files(directory, names, files);
  take_facts(directory, names, files);
  read_heads(files);
}

void Prefetch::take_facts(int directory, const NameList& names, const Numbers& items) {
  std::array<struct statx, kMost> found{};
  const std::vector<int>& results = ring_->run(items.size(), [&](io_uring_sqe* entry, std::size_t i) {
    const Item& item = items_[items[i]];
    const bool open = item.file >= 0;
    ::io_uring_prep_statx(entry, open ? item.file : directory,
                          open ? "" : names.name(first_ + items[i]),
                          AT_SYMLINK_NOFOLLOW | (open ? AT_EMPTY_PATH : 0), STATX_BASIC_STATS,
                          &found[i]);
  });
  for (std::size_t i = 0; i < items.size(); ++i) {
    Item& item = items_[items[i]];
    item.has_facts = results[i] >= 0;
    if (item.has_facts) item.st = to_stat(found[i]);
  }
}

// What took the place of a regular file meanwhile does no harm: links are not followed, devices not
// opened on the guest's mounts, FIFOs not waited for, and only regular files are kept.
void Prefetch::open_files(int directory, const NameList& names, const Numbers& items) {
  open_how how{};
  how.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const std::vector<int>& results = ring_->run(items.size(), [&](io_uring_sqe* entry, std::size_t i) {
    ::io_uring_prep_openat2(entry, directory, names.name(first_ + items[i]), &how);
  });
  for (std::size_t i = 0; i < items.size(); ++i) items_[items[i]].file = std::max(results[i], -1);
}

void Prefetch::read_heads(const Numbers& items) {
  if (items.empty()) return;
  if (!heads_) heads_ = std::make_unique_for_overwrite<std::byte[]>(kMost * kHeadBytes);
  const auto head = [this](std::size_t i) { return heads_.get() + i * kHeadBytes; };
  const std::vector<int>& results = ring_->run(items.size(), [&](io_uring_sqe* entry, std::size_t i) {
    ::io_uring_prep_read(entry, items_[items[i]].file, head(i), kHeadBytes, 0);
  });
  for (std::size_t i = 0; i < items.size(); ++i) {
    Item& item = items_[items[i]];
    if (item.file < 0 || results[i] < 0) continue;
    const auto length = static_cast<std::size_t>(results[i]);
    // A shorter one is an error in the middle, or a change: who reads on finds out.
    const bool whole = item.has_facts && length == static_cast<std::uint64_t>(item.st.st_size);
    item.content = {item.file, {head(i), length}, whole};
  }
}

void Prefetch::close_files() noexcept {
  Numbers open;
  for (std::size_t i = 0; i < items_.size(); ++i)
    if (items_[i].file >= 0) open.push_back(i);
  if (open.empty()) return;
  try {
    ring_->run(open.size(), [&](io_uring_sqe* entry, std::size_t i) {
      ::io_uring_prep_close(entry, items_[open[i]].file);
    });
  } catch (const std::exception&) {  // nothing more can be done
  }
  for (const std::size_t i : open) items_[i].file = -1;
}

}  // namespace vmcraft::file
