// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/tar_format.h"

#include "base/text.h"

namespace vmcraft::file {
namespace {

// Two's complement; the top bit of the first byte only marks it.
std::optional<std::int64_t> base_256(std::string_view field) {
  const auto lead = static_cast<unsigned char>(field[0]);
  std::uint64_t value = (lead & 0x40U) != 0 ? ~std::uint64_t{0} : 0;
  value = value << 6U | (lead & 0x3fU);
  for (const char c : field.substr(1)) {
    const std::uint64_t top = value >> 55U;
    if (top != 0 && top != 0x1ffU) return std::nullopt;
    value = value << 8U | static_cast<unsigned char>(c);
  }
  return static_cast<std::int64_t>(value);
}

}  // namespace

std::optional<std::int64_t> tar_number(std::string_view field) {
  if (field.empty()) return 0;
  if ((static_cast<unsigned char>(field[0]) & 0x80U) != 0) return base_256(field);
  const std::string_view text = base::trim(field.substr(0, field.find('\0')));
  if (text.empty()) return 0;
  return base::parse_number<std::int64_t>(text, 8);
}

unsigned tar_checksum(const TarHeaderDisk& header, bool signed_bytes) {
  TarHeaderDisk blank = header;
  blank.checksum.fill(' ');
  const auto* bytes = reinterpret_cast<const char*>(&blank);
  unsigned sum = 0;
  for (std::size_t i = 0; i < sizeof blank; ++i)
    sum += signed_bytes ? static_cast<unsigned>(static_cast<signed char>(bytes[i]))
                        : static_cast<unsigned char>(bytes[i]);
  return sum;
}

}  // namespace vmcraft::file
