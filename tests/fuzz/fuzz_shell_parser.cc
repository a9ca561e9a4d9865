// SPDX-License-Identifier: LGPL-3.0-or-later
// The languages of script lines, lists, sizes and prompts.
#include <cstddef>
#include <cstdint>
#include <string>

#include "shell/syntax.h"
#include "shell/usage_error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  using namespace vmcraft::shell;
  try {
    parse_line(text);
  } catch (const UsageError&) {
  }
  try {
    parse_string_list(text);
  } catch (const UsageError&) {
  }
  parse_size(text);
  parse_boolean(text);
  decode_prompt(text);
  return 0;
}
