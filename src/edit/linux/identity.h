// SPDX-License-Identifier: LGPL-3.0-or-later
// What a Linux guest calls itself, where it is, and what it was told apart by.
#pragma once

#include <string>
#include <vector>

#include "mount/guest_root.h"

namespace vmcraft::edit {

void set_hostname(const mount::GuestRoot& root, const std::string& name);
void set_timezone(const mount::GuestRoot& root, const std::string& zone);
void set_locale(const mount::GuestRoot& root, const std::string& locale);

void reset_machine_id(const mount::GuestRoot& root);
/// The files that went.
std::vector<std::string> reset_ssh_hostkeys(const mount::GuestRoot& root);
void reset_random_seed(const mount::GuestRoot& root);

/// Throws EINVAL unless the text is what RFC 1123 and Linux take as a host name.
void check_hostname(const std::string& name);
/// A hosts file with one name in place of another, and their first labels; addresses and comments stay.
std::string with_renamed_host(const std::string& hosts, const std::string& old_name, const std::string& new_name);
/// Lines of NAME=value, with the value of one set: in its place, or at the end. Quotes as the shell wants them.
std::string with_variable(const std::string& text, const std::string& name, const std::string& value);

}  // namespace vmcraft::edit
