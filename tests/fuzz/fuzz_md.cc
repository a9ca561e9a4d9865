// SPDX-License-Identifier: LGPL-3.0-or-later
// Superblocks of software RAID on up to four members of one handle, and the arrays that they make. The
// first byte says where on its disk each superblock is, and whether its checksum is made right.
#include <array>
#include <cstdint>

#include "disk.h"
#include "vmcraft/error.h"
#include "volume/md/arrays.h"
#include "volume/md/mdstat.h"

namespace {

using namespace vmcraft::volume;
using vmcraft::fuzz::Disk;
using vmcraft::fuzz::get;
using vmcraft::fuzz::put;

constexpr std::size_t kMembers = 4;
// Of versions 1.2, 1.1, 1.0 and 0.90, and of what firmware RAIDs write to the last sectors.
constexpr std::array<std::uint64_t, 5> kOffsets = {4096, 0, Disk::kSizeBytes - 8192, Disk::kSizeBytes - 65536,
                                                   Disk::kSizeBytes - 1024};

std::uint32_t sum(const std::string& bytes, std::size_t size, std::size_t checksum) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i + 4 <= size; i += 4)
    if (i != checksum) total += get<std::uint32_t>(bytes, i);
  if (size % 4 == 2) total += get<std::uint16_t>(bytes, size - 2);
  return static_cast<std::uint32_t>(total) + static_cast<std::uint32_t>(total >> 32U);
}

// Gives a superblock its place and the checksum that is right for what it holds.
void seal(std::string& bytes, std::size_t place) {
  if (place == 3) {
    bytes.resize(4096);
    put(bytes, 152, sum(bytes, bytes.size(), 152));
  } else if (place < 3 && bytes.size() >= 256) {
    bytes.resize(std::min<std::size_t>(256 + std::size_t{get<std::uint32_t>(bytes, 220)} * 2, 16384));
    put(bytes, 144, kOffsets[place] / 512);
    put(bytes, 216, sum(bytes, bytes.size(), 216));
  }
}

void ask(const std::shared_ptr<md::Array>& array) {
  array->size_bytes();
  array->uuid();
  array->layout();
  array->below();
  array->trouble();
  array->aliases();
  try {
    array->node(true);
  } catch (const vmcraft::Error&) {  // members are missing, or there is no kernel to start it
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t place = data[0] % kOffsets.size();
  const bool sealed = data[0] < 128;
  const std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t count = data[0] / kOffsets.size() % kMembers + 1;
  const Allowed allowed;
  md::Arrays arrays(allowed);
  for (std::size_t i = 0; i < count; ++i) {
    std::string bytes(rest.substr(rest.size() / count * i, rest.size() / count));
    if (sealed) seal(bytes, place);
    Place member;
    member.device = "/dev/sd" + std::string(1, static_cast<char>('a' + i));
    member.reader = [&] { return std::make_unique<Disk>(bytes, kOffsets[place]); };
    member.node = [](bool) -> std::shared_ptr<vmcraft::image::BlockNode> {
      throw vmcraft::Error(vmcraft::ErrorCode::not_supported, ENOTSUP, "no devices here");
    };
    arrays.add(member);
  }
  arrays.settle();
  for (const auto& array : arrays.arrays()) ask(array);
  md::parse_mdstat(rest, "md127");
  return 0;
}
