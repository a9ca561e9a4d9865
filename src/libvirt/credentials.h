// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace vmcraft::libvirt {

/// Something libvirt wants to know before it connects.
struct Credential {
  std::string type;  ///< "username", "passphrase", ...
  std::string prompt;
  std::string challenge;
  std::string defresult;  ///< what it takes where nothing is said
  std::string answer;
  bool answered = false;
};

/// What a handle keeps between calls.
struct Session {
  std::vector<std::string> supported;  ///< types of credentials the caller can answer
  std::vector<Credential> requested;   ///< while libvirt waits for them
};

/// The number libvirt has for a type of credential; throws Error{invalid_argument} for no such
/// type.
int credential_number(const std::string& type);
std::string credential_type(int number);

}  // namespace vmcraft::libvirt
