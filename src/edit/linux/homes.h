// SPDX-License-Identifier: LGPL-3.0-or-later
// Homes of a Linux guest's users, and what is in them.
#pragma once

#include <string>

#include "edit/linux/users.h"
#include "mount/guest_root.h"

namespace vmcraft::edit {

/// Makes the home of a new user, with what /etc/skel holds; one that is there stays as it is.
void make_home(const mount::GuestRoot& root, const User& user);
/// Removes the home, if it is the user's own, and its mail. False where no home was removed.
bool remove_home(const mount::GuestRoot& root, const User& user);

/// Adds lines to the user's authorized keys; false where all were there. Throws EINVAL where the text holds
/// no public key of ssh's, or where .ssh is a link: what a user of the guest made must not choose which file
/// is written.
bool add_authorized_keys(const mount::GuestRoot& root, const User& user, const std::string& keys);

/// The keys' lines that are missing from the text, added to it. Throws EINVAL where there is no key.
std::string with_authorized_keys(const std::string& text, const std::string& keys);

}  // namespace vmcraft::edit
