// SPDX-License-Identifier: LGPL-3.0-or-later
// Snapshots inside qcow2 images.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/process.h"
#include "image/format.h"

namespace vmcraft::image {

/// In the order of the image's table. Throws ENOTSUP for a file that is not qcow2.
std::vector<InternalSnapshot> snapshots_of(const std::string& path);
/// By its name, else by its id; throws ENOENT naming those that are there.
const InternalSnapshot& find_snapshot(const std::vector<InternalSnapshot>& list,
                                      const std::string& path, const std::string& name_or_id);

/// Throws EEXIST where the name is taken.
void create_snapshot(const std::string& path, const std::string& name, base::CommandRunner& runner);
void delete_snapshot(const std::string& path, const std::string& name_or_id,
                     base::CommandRunner& runner);
/// Makes the disk what it was; the snapshot stays.
void revert_to_snapshot(const std::string& path, const std::string& name_or_id,
                        base::CommandRunner& runner);

/// A small qcow2 image without a name. Laid over the bytes of the qcow2 file as its backing file, it
/// shows a qcow2 file that holds what the snapshot holds: the header names the snapshot's clusters.
base::UniqueFd snapshot_patch(const BlockReader& file, const InternalSnapshot& snapshot);

}  // namespace vmcraft::image
