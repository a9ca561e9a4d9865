// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vmcraft::inspect::report {

/// On one line, padded.
std::string base64(std::string_view bytes);
/// Nothing where the text is not base64. Blanks are passed over.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace vmcraft::inspect::report
