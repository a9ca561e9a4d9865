// SPDX-License-Identifier: LGPL-3.0-or-later
#include "mount/table.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/trace.h"
#include "mount/namespace.h"
#include "mount/perform.h"

namespace vmcraft::mount {
namespace {

constexpr int kNoFollow = UMOUNT_NOFOLLOW;

std::string descriptor_path(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

std::string path_of(int fd) {
  std::array<char, 4096> buffer{};
  const ssize_t n =
      base::check(::readlink(descriptor_path(fd).c_str(), buffer.data(), buffer.size()), "readlink");
  return {buffer.data(), static_cast<std::size_t>(n)};
}

// A program that another thread is just starting holds a copy of every descriptor until its exec:
// busy for that moment is not busy.
int unmount(const char* target, int flags) {
  constexpr int kAttempts = 100;
  for (int attempt = 0;; ++attempt) {
    if (::umount2(target, flags | kNoFollow) == 0) return 0;
    if (errno != EBUSY || attempt == kAttempts) return -1;
    ::usleep(2000);
  }
}

}  // namespace

struct Table::Entry {
  Mounted shown;
  std::string canonical;       // guest path without links: where it really is
  base::ChildProcess server;   // the FUSE program, if one serves it
  dev_t number = 0;            // st_dev here, where it is a block device's
  dev_t shown_number = 0;
};

Table::Table() : namespace_(std::make_unique<Namespace>()) {}

Table::~Table() {
  try {
    umount_all();
  } catch (const Error& failure) {
    base::trace("unmount: {}", failure.what());
  }
}

void Table::no_root() {
  throw Error(ErrorCode::state, EINVAL, "nothing is mounted: mount the root file system first");
}

std::vector<Mounted> Table::mounts() const {
  std::vector<Mounted> result;
  for (const Entry& entry : entries_) result.push_back(entry.shown);
  return result;
}

// "/" is the folder of our namespace itself; anything else is found inside the guest.
base::UniqueFd Table::open_target(const std::string& target) const {
  if (target == "/" || target.empty())
    return base::open_file(namespace_->guest_root(), O_PATH | O_DIRECTORY);
  return root().open(target, O_PATH | O_DIRECTORY);
}

void Table::mount(const MountRequest& request) {
  namespace_->run([&] {
    const base::UniqueFd target = open_target(request.target);
    Entry entry;
    const std::string real = path_of(target.get());
    const std::size_t root_length = namespace_->guest_root().size();
    entry.canonical = real.size() > root_length ? real.substr(root_length) : "/";
    // A program that serves the mount must not need our descriptor to find its target.
    entry.server = perform_mount({request.node, real, request.fs_type, request.options,
                                  namespace_->folder()});
    entry.shown = {request.device, request.target, request.fs_type, request.options};
    struct stat st {};
    if (::stat(real.c_str(), &st) == 0 && major(st.st_dev) != 0) entry.number = st.st_dev;
    entry.shown_number = request.shown_number;
    entries_.push_back(std::move(entry));
    reopen_root();
  });
}

void Table::remount(const std::string& target, bool readonly) {
  namespace_->run([&] {
    const base::UniqueFd fd = open_target(target);
    const unsigned long flags = MS_REMOUNT | MS_NOSUID | MS_NODEV | (readonly ? static_cast<unsigned long>(MS_RDONLY) : 0UL);
    base::check(::mount(nullptr, descriptor_path(fd.get()).c_str(), nullptr, flags, nullptr), target);
  });
}

// By name below its parent: a descriptor of the mount itself would keep it busy.
void Table::detach(const Entry& entry, int flags) {
  if (entry.canonical == "/") {
    root_.reset();
    const int result = unmount(namespace_->guest_root().c_str(), flags);
    const int failure = errno;
    reopen_root();
    if (result < 0) base::throw_errno(entry.shown.target, failure);
    return;
  }
  const GuestRoot::Entry place = root().entry(entry.canonical);
  base::check(::fchdir(place.directory.get()), entry.canonical);
  const int result = unmount(place.name.c_str(), flags);
  const int failure = errno;
  base::check(::chdir("/"), "/");
  if (result < 0) base::throw_errno(entry.shown.target, failure);
}

void Table::remove(std::size_t index, int flags) {
  Entry& entry = entries_[index];
  // The kernel unmounts without a word where what was written could not be: ask before.
  const int unwritten = (flags & MNT_DETACH) != 0 ? 0 : sync_error(entry);
  const std::string target = entry.shown.target;
  detach(entry, flags);
  // The program flushes what it holds and ends; the device is free after that.
  if (entry.server) entry.server.wait();
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(index));
  reopen_root();
  if (unwritten != 0) base::throw_errno(target + ": data could not be written", unwritten);
}

int Table::sync_error(const Entry& entry) const {
  const auto directory = root().try_open(entry.canonical, O_RDONLY | O_DIRECTORY);
  return directory && ::syncfs(directory->get()) < 0 ? errno : 0;
}

void Table::umount(const std::string& path_or_device, bool force, bool lazy) {
  namespace_->run([&] {
    const auto found = std::find_if(entries_.rbegin(), entries_.rend(), [&](const Entry& entry) {
      return entry.shown.target == path_or_device || entry.canonical == path_or_device ||
             entry.shown.device == path_or_device;
    });
    if (found == entries_.rend()) base::throw_invalid(path_or_device, "not mounted");
    const int flags = (force ? static_cast<int>(MNT_FORCE) : 0) | (lazy ? static_cast<int>(MNT_DETACH) : 0);
    remove(static_cast<std::size_t>(entries_.rend() - found) - 1, flags);
  });
}

void Table::umount_all() {
  namespace_->run([this] {
    while (!entries_.empty()) remove(entries_.size() - 1, 0);
  });
}

void Table::sync() {
  for (const Entry& entry : entries_) {
    const base::UniqueFd directory = root().open(entry.canonical, O_RDONLY | O_DIRECTORY);
    base::check(::syncfs(directory.get()), entry.shown.target);
  }
}

void Table::make_mountpoint(const std::string& path) {
  namespace_->run([&] {
    if (!root_) {
      mountpoints_made_ = true;
      reopen_root();
    }
    const GuestRoot::Entry place = root().entry(path);
    base::check(::mkdirat(place.directory.get(), place.name.c_str(), 0777), path);
  });
}

void Table::remove_mountpoint(const std::string& path) {
  namespace_->run([&] {
    const GuestRoot::Entry place = root().entry(path);
    base::check(::unlinkat(place.directory.get(), place.name.c_str(), AT_REMOVEDIR), path);
  });
}

void Table::run_inside(const std::function<void(const std::string& root)>& work) {
  if (!root_) no_root();
  namespace_->run([&] { work(namespace_->guest_root()); });
}

void Table::reopen_root() {
  root_.reset();
  if (entries_.empty() && !mountpoints_made_) return;
  root_.emplace(base::open_file(namespace_->guest_root(), O_PATH | O_DIRECTORY));
  for (const Entry& entry : entries_)
    if (entry.number != 0 && entry.shown_number != 0) root_->show_device(entry.number, entry.shown_number);
}

}  // namespace vmcraft::mount
