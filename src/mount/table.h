// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mount/guest_root.h"

namespace vmcraft::mount {

class Namespace;

struct MountRequest {
  std::string node;         ///< block device of the kernel at hand
  std::string device;       ///< the name the user knows, as mounts() shows it
  std::string target;       ///< guest path; "/" first
  std::string options;      ///< comma-separated, as mount(8) takes them
  std::string fs_type;      ///< as blkid names it; empty: probed from the node
  dev_t shown_number = 0;   ///< st_dev of its files as the user is told; 0: what the kernel says
};

struct Mounted {
  std::string device;
  std::string target;       ///< guest path as it was asked for
  std::string fs_type;
  std::string options;
};

/// The mounts of one handle, in a mount namespace of their own that dies with the process.
class Table {
 public:
  Table();
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  /// Mounts; throws Error with the kernel's or the driver's reason.
  void mount(const MountRequest& request);
  /// Remounts what is mounted at `target` read-only or read-write.
  void remount(const std::string& target, bool readonly);
  /// Unmounts by guest path or device name; never leaves it half done.
  void umount(const std::string& path_or_device, bool force, bool lazy);
  /// Unmounts everything, last first; throws for the first that is busy.
  void umount_all();
  /// Makes what was written to the mounted file systems durable.
  void sync();
  /// Directories that exist only to be mounted on.
  void make_mountpoint(const std::string& path);
  void remove_mountpoint(const std::string& path);

  std::vector<Mounted> mounts() const;
  /// The guest's root; throws where nothing is mounted on it and no mountpoint was made.
  const GuestRoot& root() const {
    if (!root_) no_root();
    return *root_;
  }
  bool has_root() const noexcept { return root_.has_value(); }
  /// Runs `work` on the thread that lives in the namespace, for programs that must see the mounts, with
  /// the path of the guest's root there.
  void run_inside(const std::function<void(const std::string& root)>& work);

 private:
  struct Entry;
  [[noreturn]] static void no_root();
  base::UniqueFd open_target(const std::string& target) const;
  void detach(const Entry& entry, int flags);
  void remove(std::size_t index, int flags);
  int sync_error(const Entry& entry) const;
  void reopen_root();

  std::unique_ptr<Namespace> namespace_;
  std::vector<Entry> entries_;  // in the order of mounting
  std::optional<GuestRoot> root_;
  bool mountpoints_made_ = false;
};

}  // namespace vmcraft::mount
