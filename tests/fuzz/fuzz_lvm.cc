// SPDX-License-Identifier: LGPL-3.0-or-later
#include <cstdint>

#include "vmcraft/error.h"
#include "volume/lvm/label.h"
#include "volume/lvm/metadata.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    vmcraft::volume::lvm::read_label(vmcraft::image::MemoryReader(bytes));
    vmcraft::volume::lvm::read_volume_group(bytes);
  } catch (const vmcraft::Error&) {  // bad metadata is refused
  }
  return 0;
}
