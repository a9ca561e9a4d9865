// SPDX-License-Identifier: LGPL-3.0-or-later
// The lvm program, confined: it sees the devices of one handle and nothing of the machine's, and
// changes metadata only. Mapping volumes is our own work.
#pragma once

#include <string>
#include <vector>

#include "handle/handle.h"

namespace vmcraft::handle {

/// Runs "lvm WORDS..." with the devices; throws CommandError where it fails. What it changed is looked
/// at again afterwards.
void change_lvm(Handle& handle, const std::vector<std::string>& words,
                const std::vector<std::string>& devices);
/// The same for reading only; returns what it printed.
std::string ask_lvm(Handle& handle, const std::vector<std::string>& words);

/// The group of that name; ENOENT where there is none.
std::shared_ptr<volume::lvm::Group> find_group(Handle& handle, const std::string& name);
/// The devices of its physical volumes, those that are there.
std::vector<std::string> group_devices(const volume::lvm::Group& group);
/// Devices of all physical volumes, with or without a group.
std::vector<std::string> physical_volumes(Handle& handle);
/// "VG/LV" of a logical volume's device, and its group.
std::pair<std::string, std::shared_ptr<volume::lvm::Group>> logical_volume(
    Handle& handle, const std::string& device);

}  // namespace vmcraft::handle
