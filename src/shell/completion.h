// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shell/session.h"

namespace vmcraft::shell {

/// What the last word of `line` (the text before the cursor) can become, sorted.
struct Completion {
  std::string word;
  std::vector<std::string> candidates;

  /// What all candidates have in common.
  std::string common() const;
};

Completion complete(Session& session, std::string_view line);

}  // namespace vmcraft::shell
