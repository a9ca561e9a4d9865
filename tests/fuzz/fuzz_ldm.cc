// SPDX-License-Identifier: LGPL-3.0-or-later
#include <algorithm>
#include <cstdint>
#include <span>

#include "vmcraft/error.h"
#include "volume/ldm/group.h"

namespace {

/// The bytes at the start of a disk that is large enough for what they describe.
class Disk : public vmcraft::image::BlockReader {
 public:
  explicit Disk(std::string_view start) : start_(start) {}
  std::uint64_t size_bytes() const override { return 64U << 20U; }
  std::size_t pread(std::span<std::byte> buffer, std::uint64_t offset) const override {
    std::fill(buffer.begin(), buffer.end(), std::byte{0});
    vmcraft::image::MemoryReader(start_).pread(buffer, offset);
    return buffer.size();
  }

 private:
  std::string_view start_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vmcraft::volume::ldm;
  const Disk disk(std::string_view(reinterpret_cast<const char*>(data), size));
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
