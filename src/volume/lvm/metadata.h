// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "volume/lvm/text.h"

namespace vmcraft::volume::lvm {

struct PhysicalVolume {
  std::string name;         ///< "pv0", as segments call it
  std::string uuid;         ///< without hyphens
  std::uint64_t start_sector = 0;
  std::uint64_t extent_count = 0;
  bool missing = false;     ///< the group went on without it: what it holds is old
};

/// A part of a volume: a physical volume of the group, or another volume of it.
struct Area {
  std::string name;
  std::uint64_t start_extent = 0;
};

struct Segment {
  std::uint64_t start_extent = 0;
  std::uint64_t extent_count = 0;
  std::string type;                  ///< "striped" (linear too), "raid1", "thin", ...
  std::uint64_t stripe_sectors = 0;  ///< where there is more than one stripe
  std::vector<Area> areas;           ///< of striped and mirror segments
  const Section* raw = nullptr;      ///< what only its type understands
};

struct LogicalVolume {
  std::string name;
  std::string uuid;                  ///< with hyphens, as lvs shows it
  std::vector<std::string> flags;    ///< status and flags together
  std::vector<Segment> segments;
  const Section* raw = nullptr;
  std::string snapshot_origin;       ///< of a snapshot: this volume keeps what was changed
  std::uint64_t snapshot_chunk_sectors = 0;
  bool has_flag(std::string_view flag) const;
  std::uint64_t extent_count() const;
  /// Type of the first segment: "linear" for striped ones of one stripe.
  std::string layout() const;
};

struct VolumeGroup {
  std::string name;
  std::string uuid;
  std::uint64_t sequence = 0;
  std::uint64_t extent_sectors = 0;
  std::vector<std::string> flags;
  std::vector<PhysicalVolume> physical_volumes;
  std::vector<LogicalVolume> logical_volumes;
  std::shared_ptr<const Section> source;  ///< what the raw pointers point into

  const PhysicalVolume* physical(std::string_view name) const;
  const LogicalVolume* logical(std::string_view name) const;
};

/// A volume users see, not a part of another.
bool is_public(const LogicalVolume& volume);

/// Reads a metadata text. Throws Error{corrupt} where a value is missing or makes no sense, or where
/// two volumes claim one extent.
VolumeGroup read_volume_group(std::string_view text);

std::string without_hyphens(std::string_view uuid);

}  // namespace vmcraft::volume::lvm
