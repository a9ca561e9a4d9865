// SPDX-License-Identifier: LGPL-3.0-or-later
#include <cstdint>

#include "image/format.h"
#include "vmcraft/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const vmcraft::image::MemoryReader reader(
      std::string_view(reinterpret_cast<const char*>(data), size));
  try {
    vmcraft::image::detect_format(reader);
  } catch (const vmcraft::Error&) {  // bad headers are refused
  }
  return 0;
}
