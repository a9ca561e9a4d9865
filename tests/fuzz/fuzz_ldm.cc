// SPDX-License-Identifier: LGPL-3.0-or-later
#include <cstdint>

#include "disk.h"
#include "vmcraft/error.h"
#include "volume/ldm/group.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vmcraft::volume::ldm;
  const vmcraft::fuzz::Disk disk(std::string(reinterpret_cast<const char*>(data), size));
  try {
    const auto header = read_private_header(disk, {0, 512});
    if (!header) return 0;
    Member member{{}, *header, read_database(disk, *header)};
    std::vector<std::string> findings;
    const DiskGroup group = make_group({&member}, findings);
    for (const Shape& shape : group.shapes) volume_device(group, shape.name);
  } catch (const vmcraft::Error&) {  // bad metadata is refused
  }
  return 0;
}
