// SPDX-License-Identifier: LGPL-3.0-or-later
#include <cstdint>
#include <cstdlib>

#include "edit/windows/reg_file.h"
#include "edit/windows/utf16.h"
#include "vmcraft/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vmcraft::edit;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (is_utf8(text) && from_utf16(to_utf16(text)) != text) std::abort();
  if (size % 2 == 0 && to_utf16(from_utf16(text)) != text) std::abort();
  try {
    for (const RegKey& key : parse_reg_file(text))
      for (const RegEntry& entry : key.entries) {
        // What is shown gives the same bytes, unless a string goes on behind its end.
        const std::string shown = show_registry_value(entry.value);
        const bool is_text = entry.value.type == reg::kSz || entry.value.type == reg::kExpandSz ||
                             entry.value.type == reg::kLink || entry.value.type == reg::kMultiSz;
        if (!is_text && parse_registry_value(entry.value.type, shown) != entry.value) std::abort();
      }
  } catch (const vmcraft::Error&) {
  }
  return 0;
}
