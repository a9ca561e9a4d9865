// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <functional>

#include "mount/table.h"

namespace vmcraft::edit {

/// Labels the guest's files as its SELinux policy says, or has the guest do it at its next boot (false) where
/// that fails. Throws ENOENT where the guest has no SELinux.
bool relabel_guest(mount::Table& mounts, const std::function<void()>& while_running);

}  // namespace vmcraft::edit
