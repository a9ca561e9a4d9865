// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/ldm/group.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"

namespace vmcraft::volume::ldm {
namespace {

constexpr std::size_t kMostPieces = 4096;
constexpr std::uint64_t kMostSectors = std::uint64_t{1} << 54U;

/// Follows the numbers by which the records of a database name each other.
class Maker {
 public:
  Maker(const Database& database, const std::vector<const Member*>& members)
      : database_(database), members_(members) {}

  Shape shape(const VolumeRecord& volume) const {
    Shape shape;
    shape.name = volume.name;
    shape.guid = volume.guid;
    shape.hint = volume.hint;
    shape.sector_count = volume.sector_count;
    if (volume.sector_count == 0 || volume.sector_count > kMostSectors)
      refuse("has an impossible size");
    const std::vector<const PlexRecord*> plexes = plexes_of(volume);
    if (plexes.size() > 1) mirror(plexes, shape);
    else if (plexes[0]->layout == PlexRecord::Layout::concatenated) concatenate(*plexes[0], shape);
    else stripe(*plexes[0], shape);
    return shape;
  }

 private:
  [[noreturn]] static void refuse(const std::string& why) { base::throw_corrupt("ldm database", why); }

  std::vector<const PlexRecord*> plexes_of(const VolumeRecord& volume) const {
    std::vector<const PlexRecord*> found;
    for (const PlexRecord& plex : database_.plexes)
      if (plex.volume_id == volume.id) found.push_back(&plex);
    if (found.empty() || found.size() != volume.plex_count || found.size() > kMostPieces)
      refuse("names plexes that are not there");
    return found;
  }

  std::vector<const PartRecord*> parts_of(const PlexRecord& plex) const {
    std::vector<const PartRecord*> found;
    for (const PartRecord& part : database_.parts)
      if (part.plex_id == plex.id) found.push_back(&part);
    if (found.empty() || found.size() != plex.part_count || found.size() > kMostPieces)
      refuse("plex " + plex.name + " names parts that are not there");
    return found;
  }

  const Member* member_of(const std::string& disk_guid) const {
    for (const Member* member : members_)
      if (member->header.disk_guid == disk_guid) return member;
    return nullptr;
  }

  Piece piece(const PartRecord& part, bool redundant) const {
    Piece piece;
    piece.name = part.name;
    piece.sector_count = part.sector_count;
    const auto disk = std::find_if(database_.disks.begin(), database_.disks.end(),
                                   [&](const DiskRecord& known) { return known.id == part.disk_id; });
    if (disk == database_.disks.end()) refuse("part " + part.name + " is on an unknown disk");
    piece.disk_name = disk->name;
    const Member* member = member_of(disk->guid);
    if (member == nullptr) return piece;
    const PrivateHeader& header = member->header;
    if (part.sector_count == 0 || part.start_sector > header.data_sectors ||
        part.sector_count > header.data_sectors - part.start_sector)
      refuse("part " + part.name + " is not inside its disk");
    piece.place = member->place;
    piece.start_sector = header.data_start_sector + part.start_sector;
    // A crash may leave one copy of the database behind.
    piece.stale = redundant && member->database.sequence + 1 < database_.sequence;
    return piece;
  }

  void mirror(const std::vector<const PlexRecord*>& plexes, Shape& shape) const {
    shape.kind = Shape::Kind::mirrored;
    const auto active = [](const PlexRecord* plex) { return plex->state == "ACTIVE"; };
    const bool one_is_active = std::any_of(plexes.begin(), plexes.end(), active);
    for (const PlexRecord* plex : plexes) {
      const auto parts = parts_of(*plex);
      if (parts.size() != 1) refuse("a mirror of more than one part on a side is not known");
      if (parts[0]->sector_count < shape.sector_count) refuse("plex " + plex->name + " is too small");
      shape.pieces.push_back(piece(*parts[0], true));
      shape.pieces.back().stale |= one_is_active && !active(plex);
    }
  }

  void concatenate(const PlexRecord& plex, Shape& shape) const {
    std::vector<const PartRecord*> parts = parts_of(plex);
    std::sort(parts.begin(), parts.end(), [](const PartRecord* a, const PartRecord* b) {
      return a->volume_sector < b->volume_sector;
    });
    shape.kind = parts.size() == 1 ? Shape::Kind::simple : Shape::Kind::spanned;
    std::uint64_t end = 0;
    for (const PartRecord* part : parts) {
      if (part->volume_sector != end || part->sector_count > kMostSectors)
        refuse("part " + part->name + " does not follow the one before");
      end += part->sector_count;
      shape.pieces.push_back(piece(*part, false));
    }
    if (end < shape.sector_count) refuse("plex " + plex.name + " is too small");
  }

  void stripe(const PlexRecord& plex, Shape& shape) const {
    const bool raid5 = plex.layout == PlexRecord::Layout::raid5;
    shape.kind = raid5 ? Shape::Kind::raid5 : Shape::Kind::striped;
    std::vector<const PartRecord*> parts = parts_of(plex);
    std::sort(parts.begin(), parts.end(),
              [](const PartRecord* a, const PartRecord* b) { return a->column < b->column; });
    const std::size_t data = parts.size() - (raid5 ? 1 : 0);
    if (plex.column_count != parts.size() || data == 0)
      refuse("plex " + plex.name + " has columns of several parts, which is not known");
    if (plex.chunk_sectors == 0 || plex.chunk_sectors > kMostSectors / kMostPieces)
      refuse("plex " + plex.name + " has stripes of an impossible size");
    shape.chunk_sectors = plex.chunk_sectors;
    // What does not fill a stripe, device-mapper has no place for.
    shape.sector_count -= shape.sector_count % (plex.chunk_sectors * data);
    if (shape.sector_count == 0) refuse("plex " + plex.name + " has no full stripe");
    for (std::size_t column = 0; column < parts.size(); ++column) {
      if (column > 0 && parts[column]->column == parts[column - 1]->column)
        refuse("plex " + plex.name + " has columns of several parts, which is not known");
      if (parts[column]->sector_count < shape.sector_count / data)
        refuse("part " + parts[column]->name + " is too small");
      shape.pieces.push_back(piece(*parts[column], raid5));
    }
  }

  const Database& database_;
  const std::vector<const Member*>& members_;
};

std::string mapper_name(const std::string& prefix, const std::string& text) {
  constexpr std::string_view kAllowed = "#+-.:=@_";
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string name = "/dev/mapper/" + prefix;
  for (const char c : text) {
    const auto value = static_cast<unsigned char>(c);
    const bool plain = (value < 0x80 && std::isalnum(value) != 0) ||
                       kAllowed.find(c) != std::string_view::npos;
    if (plain) name += c;
    else name.append("\\x").append(1, kDigits[value >> 4U]).append(1, kDigits[value & 15U]);
  }
  return name;
}

}  // namespace

const char* kind_name(Shape::Kind kind) {
  switch (kind) {
    case Shape::Kind::simple: return "simple";
    case Shape::Kind::spanned: return "spanned";
    case Shape::Kind::striped: return "striped";
    case Shape::Kind::mirrored: return "mirrored";
    case Shape::Kind::raid5: return "raid5";
  }
  return "";
}

std::string volume_device(const DiskGroup& group, const std::string& volume) {
  return mapper_name("ldm_vol_", group.name + "_" + volume);
}

std::string part_device(const DiskGroup& group, const std::string& part) {
  return mapper_name("ldm_part_", group.name + "_" + part);
}

DiskGroup make_group(const std::vector<const Member*>& members, std::vector<std::string>& findings) {
  const Member& newest = **std::max_element(
      members.begin(), members.end(), [](const Member* a, const Member* b) {
        return a->database.sequence < b->database.sequence;
      });
  const Database& database = newest.database;
  DiskGroup group;
  group.guid = newest.header.group_guid;
  group.name = database.group_name;
  if (!database.settled)
    findings.push_back(newest.place.device + ": the database of disk group " + group.name +
                       " is in the middle of a change; let that end in the guest first");
  for (const DiskRecord& disk : database.disks) group.disk_names.push_back(disk.name);
  const Maker maker(database, members);
  for (const VolumeRecord& volume : database.volumes) {
    try {
      group.shapes.push_back(maker.shape(volume));
    } catch (const Error& failure) {
      findings.push_back(newest.place.device + ": volume " + volume.name + ": " + failure.what());
    }
  }
  return group;
}

}  // namespace vmcraft::volume::ldm
