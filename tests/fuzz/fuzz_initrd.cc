// SPDX-License-Identifier: LGPL-3.0-or-later
#include <array>
#include <cstdint>
#include <string_view>

#include "file/initrd.h"
#include "vmcraft/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vmcraft;
  base::MemorySource source({reinterpret_cast<const char*>(data), size});
  try {
    file::for_each_cpio_member(
        source, "initrd",
        [](const file::InitrdMember& member, base::ByteSource& content) {
          std::array<std::byte, 100> some{};
          content.read(some);
          return member.name != "stop";
        },
        {});
  } catch (const Error&) {  // most inputs are no archive
  }
  return 0;
}
