// SPDX-License-Identifier: LGPL-3.0-or-later
// Scripts that the guest runs once, when it boots the next time.
#pragma once

#include <string>
#include <string_view>

#include "mount/guest_root.h"

namespace vmcraft::edit {

enum class Again {
  yes,  ///< another script
  no,   ///< not where the last script that waits to be run is the same
};

/// Puts the script behind those that are there, with the runner and what starts it at boot. Throws ENOTSUP
/// where the guest has neither systemd nor System V's init scripts.
void add_firstboot_script(const mount::GuestRoot& root, const std::string& name, std::string_view content,
                          Again again = Again::yes);

}  // namespace vmcraft::edit
