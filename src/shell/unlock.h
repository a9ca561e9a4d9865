// SPDX-License-Identifier: LGPL-3.0-or-later
// The keys of --key, and the encrypted devices they open.
#pragma once

#include <string>
#include <vector>

#include "shell/session.h"

namespace vmcraft::shell {

/// Opens every encrypted device that one of the selectors (ID:key:KEY, ID:file:FILE, ID:clevis) fits,
/// and what such devices hold again. Wipes the selectors. With `ask`, the key of each device that none
/// fits is asked for. Devices that stay locked are reported.
void unlock_devices(Session& session, std::vector<std::string>& selectors, bool ask);

}  // namespace vmcraft::shell
