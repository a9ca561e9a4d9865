// SPDX-License-Identifier: LGPL-3.0-or-later
#include <cstddef>
#include <cstdint>

#include "probe/luks_memory.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vmcraft::probe::luks_memory_of_json({reinterpret_cast<const char*>(data), size});
  return 0;
}
