// SPDX-License-Identifier: LGPL-3.0-or-later
#include <cstdint>

#include "inspect/device_names.h"
#include "inspect/files.h"
#include "inspect/fstab.h"
#include "inspect/release.h"
#include "vmcraft/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vmcraft::inspect;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto nothing = [](const std::string&) { return std::optional<std::string>(); };
  const DeviceLookup lookup{nothing, nothing, nothing, nothing, nothing};
  for (const FstabEntry& entry : parse_fstab(text)) translate(entry.device, lookup);
  OperatingSystem os;
  read_os_release(text, os);
  elf_architecture(text);
  return 0;
}
