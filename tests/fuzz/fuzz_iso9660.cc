// SPDX-License-Identifier: LGPL-3.0-or-later
#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "fs/iso9660.h"
#include "vmcraft/error.h"

namespace {

/// The bytes from the first volume descriptor on.
class Disc : public vmcraft::image::BlockReader {
 public:
  explicit Disc(std::string_view descriptors) : descriptors_(descriptors) {}
  std::uint64_t size_bytes() const override { return kStart + descriptors_.size(); }
  std::size_t pread(std::span<std::byte> buffer, std::uint64_t offset) const override {
    return vmcraft::image::MemoryReader(descriptors_).pread(buffer, offset - kStart);
  }

 private:
  static constexpr std::uint64_t kStart = 32768;
  std::string_view descriptors_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    vmcraft::fs::read_iso_info(Disc({reinterpret_cast<const char*>(data), size}), "disc");
  } catch (const vmcraft::Error&) {  // no descriptor
  }
  return 0;
}
