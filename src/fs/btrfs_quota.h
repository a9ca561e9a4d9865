// SPDX-License-Identifier: LGPL-3.0-or-later
// Quota groups of a mounted btrfs. `fd` is an open directory of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vmcraft/vmcraft.h"

namespace vmcraft::fs {

void enable_quota(int fd, const std::string& object, bool enable);
/// Counts anew, and waits until that is done.
void rescan_quota(int fd, const std::string& object);
void create_qgroup(int fd, const std::string& object, std::uint64_t id, bool create);
/// Limits what the subvolume of `fd` refers to; 0 takes the limit away.
void limit_subvolume(int fd, const std::string& object, std::uint64_t size_bytes);
/// Makes `member` a member of `group`, or no longer one, and counts anew where that is needed.
void assign_qgroup(int fd, const std::string& object, std::uint64_t member, std::uint64_t group,
                   bool assign);
/// Throws where quotas are not enabled.
std::vector<Btrfsqgroup> list_qgroups(int fd, const std::string& object);

}  // namespace vmcraft::fs
