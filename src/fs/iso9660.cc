// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs/iso9660.h"

#include <chrono>
#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"

namespace vmcraft::fs {
namespace {

constexpr std::size_t kSector = 2048;
constexpr std::uint64_t kFirstSector = 16;
// Descriptors end with one of type 255; no disk has a hundred of them.
constexpr std::uint64_t kMostDescriptors = 100;
constexpr unsigned char kPrimary = 1;
constexpr unsigned char kEnd = 255;

// Numbers stand in both byte orders; this is the first of them.
template <typename T>
T number_at(std::string_view sector, std::size_t at) {
  T number;
  std::memcpy(&number, sector.data() + at, sizeof number);
  return number;
}

// Texts are padded by blanks, against the standard by zeroes too.
std::string text_at(std::string_view sector, std::size_t at, std::size_t size) {
  const std::string_view field = sector.substr(at, size);
  const std::size_t end = field.find_last_not_of(std::string_view(" \0", 2));
  return std::string(field.substr(0, end == std::string_view::npos ? 0 : end + 1));
}

// YYYYMMDDHHMMSSCC in digits, then the zone in quarters of an hour east of Greenwich.
std::int64_t time_at(std::string_view sector, std::size_t at) {
  const auto digits = [&](std::size_t offset, std::size_t size) {
    return base::parse_number<unsigned>(sector.substr(at + offset, size));
  };
  const auto year = digits(0, 4);
  const auto month = digits(4, 2);
  const auto day = digits(6, 2);
  const auto hour = digits(8, 2);
  const auto minute = digits(10, 2);
  const auto second = digits(12, 2);
  if (!year || !month || !day || !hour || !minute || !second) return -1;
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                            std::chrono::day(*day)};
  if (!date.ok() || *year == 0 || *hour > 23 || *minute > 59 || *second > 60) return -1;
  const auto zone = static_cast<signed char>(sector[at + 16]);
  const auto local = sys_days(date).time_since_epoch() + hours(*hour) + minutes(*minute);
  return duration_cast<seconds>(local - minutes(15 * zone)).count() + std::int64_t{*second};
}

Isoinfo parse(std::string_view sector) {
  Isoinfo info;
  info.iso_system_id = text_at(sector, 8, 32);
  info.iso_volume_id = text_at(sector, 40, 32);
  info.iso_volume_space_size = number_at<base::Le32>(sector, 80);
  info.iso_volume_set_size = number_at<base::Le16>(sector, 120);
  info.iso_volume_sequence_number = number_at<base::Le16>(sector, 124);
  info.iso_logical_block_size = number_at<base::Le16>(sector, 128);
  info.iso_volume_set_id = text_at(sector, 190, 128);
  info.iso_publisher_id = text_at(sector, 318, 128);
  info.iso_data_preparer_id = text_at(sector, 446, 128);
  info.iso_application_id = text_at(sector, 574, 128);
  info.iso_copyright_file_id = text_at(sector, 702, 37);
  info.iso_abstract_file_id = text_at(sector, 739, 37);
  info.iso_bibliographic_file_id = text_at(sector, 776, 37);
  info.iso_volume_creation_t = time_at(sector, 813);
  info.iso_volume_modification_t = time_at(sector, 830);
  info.iso_volume_expiration_t = time_at(sector, 847);
  info.iso_volume_effective_t = time_at(sector, 864);
  return info;
}

}  // namespace

Isoinfo read_iso_info(const image::BlockReader& reader, const std::string& object) {
  std::string sector(kSector, '\0');
  for (std::uint64_t number = 0; number < kMostDescriptors; ++number) {
    const auto bytes = std::as_writable_bytes(std::span(sector.data(), sector.size()));
    if (reader.pread(bytes, (kFirstSector + number) * kSector) < kSector) break;
    if (sector.compare(1, 5, "CD001") != 0) break;
    const auto type = static_cast<unsigned char>(sector[0]);
    if (type == kPrimary) return parse(sector);
    if (type == kEnd) break;
  }
  base::throw_invalid(object, "has no ISO 9660 file system");
}

}  // namespace vmcraft::fs
