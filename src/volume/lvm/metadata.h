// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmcraft::volume::lvm {

struct PhysicalVolume {
  std::string name;         ///< "pv0", as segments call it
  std::string uuid;         ///< without hyphens
  std::uint64_t start_sector = 0;
  std::uint64_t extent_count = 0;
};

/// Where one stripe of a segment lies.
struct Stripe {
  std::string physical_volume;
  std::uint64_t start_extent = 0;
};

struct Segment {
  std::uint64_t start_extent = 0;
  std::uint64_t extent_count = 0;
  std::string type;
  std::uint64_t stripe_sectors = 0;  ///< of striped segments with more than one stripe
  std::vector<Stripe> stripes;
};

struct LogicalVolume {
  std::string name;
  std::string uuid;                  ///< with hyphens, as lvs shows it
  bool visible = false;
  std::vector<Segment> segments;
  std::uint64_t extent_count() const;
};

struct VolumeGroup {
  std::string name;
  std::string uuid;
  std::uint64_t sequence = 0;
  std::uint64_t extent_sectors = 0;
  std::vector<PhysicalVolume> physical_volumes;
  std::vector<LogicalVolume> logical_volumes;
};

/// Reads a metadata text. Throws Error{corrupt} where a value is missing or makes no sense.
VolumeGroup read_volume_group(std::string_view text);

std::string without_hyphens(std::string_view uuid);

}  // namespace vmcraft::volume::lvm
