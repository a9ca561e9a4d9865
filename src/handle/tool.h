// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/process.h"
#include "handle/handle.h"

namespace vmcraft::handle {

/// A program of the machine that works on devices of the handle. It runs in a mount namespace whose
/// /dev holds just the devices it was given, under the names the user knows.
///
///   Tool(h, "tune2fs").args("-L", label).writes(device).run();
class Tool {
 public:
  /// Throws Error{not_supported} naming the package where the program is not installed.
  Tool(Handle& handle, std::string program);
  /// The program and its first words.
  Tool(Handle& handle, const std::vector<std::string>& argv);

  template <typename... Words>
  Tool& args(const Words&... words) {
    (argv_.emplace_back(words), ...);
    return *this;
  }
  Tool& args(const std::vector<std::string>& words) {
    argv_.insert(argv_.end(), words.begin(), words.end());
    return *this;
  }
  /// Gives the program the device and adds its name to the arguments.
  Tool& reads(const std::string& device);
  /// Throws Error EBUSY where the device is mounted.
  Tool& writes(const std::string& device);
  /// The same without an argument.
  Tool& shows(const std::string& device, bool writable);
  /// Adds a name by which the program reaches an open file or directory; with `entry`, one
  /// component in an open directory.
  Tool& opened(int fd, const std::string& entry = {});
  /// Bytes for its standard input.
  Tool& input(std::string bytes);
  /// Bulk data for its standard input.
  Tool& from(base::ByteSource& source);
  /// Takes its standard output, of any size.
  Tool& to(base::ByteSink& sink);
  Tool& environment(const std::string& name, const std::string& value);

  /// Runs it and returns its standard output; throws CommandError where it fails.
  std::string run();
  /// Runs it and leaves the judgement of its exit status to the caller.
  base::CommandResult attempt();

 private:
  base::Command command() const;

  Handle& handle_;
  std::vector<std::string> argv_;
  std::vector<std::string> environment_;
  std::string input_;
  base::ByteSource* source_ = nullptr;
  base::ByteSink* sink_ = nullptr;
  std::vector<base::DeviceEntry> entries_;
  std::vector<std::pair<int, int>> descriptors_;
  std::vector<std::shared_ptr<image::BlockNode>> nodes_;
  std::vector<Device> written_;
};

/// Throws Error EBUSY where the device, or a partition or subvolume of it, is mounted, naming the
/// mount point, or enabled as swap, or belongs to a btrfs that is mounted by another device.
void require_not_mounted(Handle& handle, const Device& device);

/// A program that actions use, with the package that brings it.
struct KnownProgram {
  const char* name;
  const char* package;
  const char* needed_for;
  const char* group = "";  ///< feature group that is not there without it
};
const std::vector<KnownProgram>& known_programs();

}  // namespace vmcraft::handle
