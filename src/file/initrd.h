// SPDX-License-Identifier: LGPL-3.0-or-later
// The initial file system of a Linux kernel: cpio archives one behind the other, plain or compressed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/stream.h"
#include "file/progress.h"
#include "file/region.h"

namespace vmcraft::file {

struct InitrdMember {
  std::string name;
  mode_t mode = 0;
  std::uint64_t size_bytes = 0;
  std::uint32_t inode = 0;
  std::uint32_t links = 0;
};

/// Takes a member and what it holds; returns false to stop there.
using InitrdVisit = std::function<bool(const InitrdMember& member, base::ByteSource& content)>;

/// Visits the members of all archives in the region. Throws Error{corrupt} where there is no archive,
/// or where one ends in the middle.
void for_each_initrd_member(const Region& region, const InitrdVisit& visit, const Progress& progress);
/// The same from a stream of cpio archives that is not compressed. False where a visit stopped it.
bool for_each_cpio_member(base::ByteSource& stream, const std::string& object,
                          const InitrdVisit& visit, const Progress& progress);

std::vector<std::string> list_initrd(const Region& region, const Progress& progress);
/// The content of a regular file; ENOENT where there is none of the name, EFBIG above 1 GiB.
std::string read_initrd(const Region& region, const std::string& name, const Progress& progress);

}  // namespace vmcraft::file
