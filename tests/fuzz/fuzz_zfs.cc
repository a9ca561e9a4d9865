// SPDX-License-Identifier: LGPL-3.0-or-later
#include <algorithm>
#include <cstdint>
#include <span>

#include "vmcraft/error.h"
#include "volume/zfs/label.h"

namespace {

/// The bytes where the first label of a device has its list.
class Device : public vmcraft::image::BlockReader {
 public:
  explicit Device(std::string_view list) : list_(list) {}
  std::uint64_t size_bytes() const override { return 64U << 20U; }
  std::size_t pread(std::span<std::byte> buffer, std::uint64_t offset) const override {
    constexpr std::uint64_t kList = 16U << 10U;
    std::fill(buffer.begin(), buffer.end(), std::byte{0});
    if (offset >= kList) vmcraft::image::MemoryReader(list_).pread(buffer, offset - kList);
    return buffer.size();
  }

 private:
  std::string_view list_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Device device(std::string_view(reinterpret_cast<const char*>(data), size));
  try {
    vmcraft::volume::zfs::read_label(device);
  } catch (const vmcraft::Error&) {  // a bad label is refused
  }
  return 0;
}
