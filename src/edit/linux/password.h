// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

#include "mount/guest_root.h"

namespace vmcraft::edit {

/// How the guest itself hashes new passwords: yescrypt, sha512, sha256 or md5, as its PAM or login.defs says;
/// sha512 where neither says anything that is known here.
std::string password_crypto(const mount::GuestRoot& root);

/// The password as a shadow file holds it, by crypt(3) with a new salt. Throws EINVAL for a crypto that is not
/// one of the four, or a password that no login program could take.
std::string hash_password(const std::string& password, const std::string& crypto);

}  // namespace vmcraft::edit
