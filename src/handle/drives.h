// SPDX-License-Identifier: LGPL-3.0-or-later
// Drives as the caller adds them, before launch attaches them.
#pragma once

#include <cstdint>
#include <string>

#include "image/drive_spec.h"
#include "vmcraft/types.h"

namespace vmcraft::handle {

class Handle;

/// Checks the caller's options; throws Error{invalid_argument} naming the one that is wrong.
image::DriveSpec drive_spec(const std::string& filename, const AddDriveOptions& options);
/// Adds a drive, after checking that a local one can be opened.
void add_drive(Handle& handle, image::DriveSpec spec);
/// Adds a drive over a file without a name.
void add_scratch(Handle& handle, std::int64_t size_bytes, const AddDriveScratchOptions& options);
/// Throws EBUSY where a drive of the launched handle has the image open: changing its tables below who
/// reads them destroys what is written next.
void require_closed(const Handle& handle, const std::string& filename);
/// Label to device, partitions included.
HashTable disk_labels(Handle& handle);

}  // namespace vmcraft::handle
