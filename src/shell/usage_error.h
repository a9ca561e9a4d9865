// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <stdexcept>

namespace vmcraft::shell {

/// What the user typed is not a command, or not one with these arguments.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace vmcraft::shell
