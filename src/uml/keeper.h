// SPDX-License-Identifier: LGPL-3.0-or-later
// The keeper: a small process that is the parent of the engine's processes, and whose end, or the
// end of the process that started it, is theirs too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmcraft::uml {

// Descriptor numbers the keeper and its children are started with.
constexpr int kControlFd = 3;       ///< keeper: SOCK_SEQPACKET to the library
constexpr int kChannelFd = 60;      ///< kernel: the doorbell's end of the socket pair
constexpr int kSharedFd = 61;       ///< kernel: the shared memory
constexpr int kFolderFd = 62;       ///< kernel: the private folder, where it has no name
constexpr int kFirstDiskFd = 80;    ///< kernel: raw disks
constexpr int kFirstExportFd = 70;  ///< qemu-storage-daemon: listening sockets
constexpr int kFirstPatchFd = 400;  ///< qemu-storage-daemon: files that its graphs name by number

/// In the argument lists: the path of the private folder.
constexpr std::string_view kFolderToken = "@FOLDER@";

/// What the keeper is to start.
struct KeeperSpec {
  std::string temp_dir;          ///< preferred place of the private folder, where it needs a name
  std::uint64_t room_bytes = 0;  ///< what the private folder must take
  std::vector<std::string> kernel_argv;
  std::vector<std::string> storage_argv;  ///< empty: no qemu-storage-daemon
  std::uint64_t export_count = 0;         ///< sockets "d0", "d1", ... in the private folder
  std::uint64_t raw_disk_count = 0;
  bool storage_writes = false;  ///< it must end by itself, flushed
  std::uint64_t patch_count = 0;
  bool outlives_parent = false;  ///< ends with the last copy of the control socket only

  std::string pack() const;
  static KeeperSpec unpack(std::string_view bytes);
};

/// What the keeper tells the library; one packet each.
struct KeeperReport {
  enum class Kind : std::uint8_t {
    started = 1,  ///< text: how the processes are confined
    refused = 2,  ///< text: why nothing could be started
    ended = 3,    ///< subject, status and text: who ended first, and its last words
    stopped = 4,  ///< all have ended as asked
  };
  Kind kind = Kind::started;
  std::string subject;
  int status = 0;
  std::string text;

  std::string pack() const;
  static KeeperReport unpack(std::string_view bytes);
};

/// The library's word for "stop now"; the end of the control socket means the same.
constexpr std::string_view kStopWord = "stop";

/// Body of the keeper program; returns its exit status.
int keeper_main();

}  // namespace vmcraft::uml
