// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

#include "image/block_reader.h"
#include "vmcraft/types.h"

namespace vmcraft::fs {

/// The primary volume descriptor of an ISO 9660 file system (ECMA-119, section 8.4). Throws EINVAL
/// naming `object` where there is none.
Isoinfo read_iso_info(const image::BlockReader& reader, const std::string& object);

}  // namespace vmcraft::fs
