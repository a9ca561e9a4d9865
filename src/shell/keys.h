// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

namespace vmcraft::shell {

struct Settings;

/// Asks for a passphrase on the terminal, without showing it, or reads it from standard input.
std::string read_key(const std::string& name, const Settings& settings);

}  // namespace vmcraft::shell
