// SPDX-License-Identifier: LGPL-3.0-or-later
// Results as text, and as JSON.
#pragma once

#include <string>
#include <string_view>

#include "shell/command.h"
#include "shell/value.h"

namespace vmcraft::shell {

/// What guestfish prints for the result; empty where it prints nothing.
std::string plain_text(const Value& value, Format format);

/// The result as one JSON value. Bytes that are not UTF-8 become {"base64": "..."}.
std::string json_text(const Value& value);

/// A JSON string, or {"base64": "..."} where the text is not UTF-8.
std::string json_string(std::string_view text);

}  // namespace vmcraft::shell
