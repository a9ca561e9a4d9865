// SPDX-License-Identifier: LGPL-3.0-or-later
#include "base/secret.h"

#include <cstring>

namespace vmcraft::base {

void wipe(std::string& secret) noexcept {
  secret.resize(secret.capacity());
  ::explicit_bzero(secret.data(), secret.size());
  secret.clear();
}

}  // namespace vmcraft::base
