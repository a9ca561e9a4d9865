// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

namespace vmcraft::volume {

/// Throws ENOTSUP naming the device where RAID6 would crash this kernel: the isolated engine starts it
/// without what that needs, unless it saw RAID6 before. It cannot see into encrypted devices.
void require_raid6(const std::string& device);

}  // namespace vmcraft::volume
