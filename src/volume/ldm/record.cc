// SPDX-License-Identifier: LGPL-3.0-or-later
#include <cstring>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "volume/ldm/database.h"

namespace vmcraft::volume::ldm {
namespace {

/// Takes a record's fields one after the other.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  std::string_view bytes(std::size_t count) {
    if (count > rest_.size()) base::throw_corrupt("ldm database", "a record ends too early");
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  void skip(std::size_t count) { bytes(count); }
  std::uint8_t byte() { return static_cast<std::uint8_t>(bytes(1)[0]); }
  std::uint64_t fixed_number() {
    base::Be64 value;
    std::memcpy(&value, bytes(sizeof value).data(), sizeof value);
    return value;
  }
  /// Its length comes before it.
  std::uint64_t number() {
    const std::size_t size = byte();
    if (size > sizeof(std::uint64_t))
      base::throw_corrupt("ldm database", "a number has " + std::to_string(size) + " bytes");
    std::uint64_t value = 0;
    for (const char c : bytes(size)) value = value << 8U | static_cast<std::uint8_t>(c);
    return value;
  }
  std::string text() { return std::string(bytes(byte())); }

 private:
  std::string_view rest_;
};


// The low half of a record's type is its kind, the high half the version of its form.
constexpr std::uint8_t kPlex = 0x32;
constexpr std::uint8_t kPart = 0x33;
constexpr std::uint8_t kDisk3 = 0x34;
constexpr std::uint8_t kDisk4 = 0x44;
constexpr std::uint8_t kVolume = 0x51;

constexpr std::uint8_t kVolumeHasHint = 0x02;
constexpr std::uint8_t kVolumeHasId1 = 0x08;
constexpr std::uint8_t kVolumeHasId2 = 0x20;
constexpr std::uint8_t kVolumeHasSize2 = 0x80;
constexpr std::uint8_t kPlexHasColumns = 0x10;
constexpr std::uint8_t kPartHasColumn = 0x08;

std::string guid_text(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto value = static_cast<std::uint8_t>(bytes[i]);
    text += kDigits[value >> 4U];
    text += kDigits[value & 15U];
  }
  return text;
}

VolumeRecord read_volume(Cursor in, std::uint8_t flags) {
  VolumeRecord volume;
  volume.id = in.number();
  volume.name = in.text();
  in.text();    // "gen" or "raid5"; the plex says it too
  in.text();    // whether it may have a drive letter
  in.skip(21);  // state, kind and number
  volume.plex_count = in.number();
  in.skip(16);  // transaction, and unknown
  volume.sector_count = in.number();
  in.skip(5);   // unknown, and the type of an MBR's partition
  volume.guid = guid_text(in.bytes(16));
  if ((flags & kVolumeHasId1) != 0) in.text();
  if ((flags & kVolumeHasId2) != 0) in.text();
  if ((flags & kVolumeHasSize2) != 0) in.number();
  if ((flags & kVolumeHasHint) != 0) volume.hint = in.text();
  return volume;
}

PlexRecord read_plex(Cursor in, std::uint8_t flags) {
  PlexRecord plex;
  plex.id = in.number();
  plex.name = in.text();
  plex.state = in.text();
  const std::uint8_t layout = in.byte();
  if (layout < 1 || layout > 3)
    base::throw_corrupt("ldm database", "plex " + plex.name + " has layout " + std::to_string(layout));
  plex.layout = static_cast<PlexRecord::Layout>(layout);
  in.skip(4);
  plex.part_count = in.number();
  in.skip(16);  // transaction, and unknown
  plex.volume_id = in.number();
  in.skip(1);
  if ((flags & kPlexHasColumns) == 0) return plex;
  plex.chunk_sectors = in.number();
  plex.column_count = in.number();
  return plex;
}

PartRecord read_part(Cursor in, std::uint8_t flags) {
  PartRecord part;
  part.id = in.number();
  part.name = in.text();
  in.skip(12);  // unknown, and transaction
  part.start_sector = in.fixed_number();
  part.volume_sector = in.fixed_number();
  part.sector_count = in.number();
  part.plex_id = in.number();
  part.disk_id = in.number();
  if ((flags & kPartHasColumn) != 0) part.column = in.number();
  return part;
}

DiskRecord read_disk(Cursor in, bool binary_guid) {
  DiskRecord disk;
  disk.id = in.number();
  disk.name = in.text();
  disk.guid = binary_guid ? guid_text(in.bytes(16)) : base::lower(in.text());
  return disk;
}

}  // namespace

void read_record(const std::string& record, Database& database) {
  Cursor in(record);
  in.skip(2);  // status of a transaction
  const std::uint8_t flags = in.byte();
  const std::uint8_t type = in.byte();
  in.skip(4);  // size of the rest
  if (type == kVolume) database.volumes.push_back(read_volume(in, flags));
  else if (type == kPlex) database.plexes.push_back(read_plex(in, flags));
  else if (type == kPart) database.parts.push_back(read_part(in, flags));
  else if (type == kDisk3 || type == kDisk4)
    database.disks.push_back(read_disk(in, type == kDisk4));
}

}  // namespace vmcraft::volume::ldm
