// SPDX-License-Identifier: LGPL-3.0-or-later
#include "probe/luks_memory.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "base/bytes.h"
#include "base/fd.h"

namespace vmcraft::probe {
namespace {

constexpr std::uint64_t kBinaryBytes = 4096;
constexpr std::uint64_t kLargestHeader = 4U << 20U;
constexpr std::string_view kMagic{"LUKS\xba\xbe", 6};

// LUKS2 On-Disk Format Specification 1.1.1, 2.1.
struct Luks2HeaderDisk {
  std::array<char, 6> magic;
  base::Be16 version;
  base::Be64 header_bytes;
};
static_assert(sizeof(Luks2HeaderDisk) == 16);

}  // namespace

std::uint64_t luks_memory_of_json(std::string_view text) {
  // No exceptions, and no recursion that a header could make deep.
  const auto too_deep = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) { return depth < 8; };
  const auto json = nlohmann::json::parse(text, too_deep, false);
  if (!json.is_object() || !json.contains("keyslots") || !json["keyslots"].is_object()) return 0;
  std::uint64_t most = 0;
  for (const auto& slot : json["keyslots"]) {
    if (!slot.is_object() || !slot.contains("kdf") || !slot["kdf"].is_object()) continue;
    const auto memory = slot["kdf"].find("memory");
    if (memory != slot["kdf"].end() && memory->is_number_unsigned())
      most = std::max(most, memory->get<std::uint64_t>());
  }
  return most;
}

std::uint64_t luks_memory_kib(int fd, const image::Extent& extent) {
  Luks2HeaderDisk header{};
  if (extent.size_bytes < kBinaryBytes) return 0;
  base::pread_full(fd, std::as_writable_bytes(std::span(&header, 1)), extent.offset_bytes);
  if (std::string_view(header.magic.data(), header.magic.size()) != kMagic || header.version != 2)
    return 0;
  const std::uint64_t header_bytes = header.header_bytes;
  if (header_bytes <= kBinaryBytes || header_bytes > std::min(kLargestHeader, extent.size_bytes)) return 0;
  std::string json(header_bytes - kBinaryBytes, '\0');
  base::pread_full(fd, std::as_writable_bytes(std::span(json)), extent.offset_bytes + kBinaryBytes);
  return luks_memory_of_json(json.substr(0, json.find('\0')));
}

}  // namespace vmcraft::probe
