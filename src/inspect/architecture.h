// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

#include "file/progress.h"
#include "mount/guest_root.h"

namespace vmcraft::inspect {

/// Of a program, library or module in the format ELF or PE, plain or compressed, or of the programs in
/// an initrd. Throws EINVAL for other files.
std::string file_architecture(const mount::GuestRoot& root, const std::string& path,
                              const file::Progress& progress);

}  // namespace vmcraft::inspect
