// SPDX-License-Identifier: LGPL-3.0-or-later
// From the options to an opened guest: drives, launch, mounts.
#pragma once

#include "shell/options.h"

namespace vmcraft::shell {

/// Adds the drives of -a and -N; launches, opens encrypted devices and mounts where -i, -m, -N or --run ask for it.
void open_guest(Session& session, CommandLine& line);

/// Adds the drives of -a and the guest of -d alone.
void add_disks(Session& session, const CommandLine& line);

/// The disks of -N, in the order of the command line.
struct PreparedDisk {
  std::string file;
  std::string type;
  Words parameters;
  std::string device;  ///< as the handle names it
};

/// Makes the image of -N and tells what it was; `number` counts prepared disks from 1.
PreparedDisk make_prepared_disk(const std::string& text, int number, GuestFS& guest);
/// True where the disk needs more than an empty image.
bool needs_launch(const PreparedDisk& disk);
/// Partitions it and makes its file systems.
void prepare_disk(Session& session, const PreparedDisk& disk);
/// What -N help prints.
std::string prepared_help();

}  // namespace vmcraft::shell
