// SPDX-License-Identifier: LGPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "file/status.h"

namespace vmcraft::file {
namespace {

using Row = std::array<std::string, 6>;

// As df -h: up to three digits and a unit, rounded up.
std::string readable(std::uint64_t bytes) {
  constexpr std::string_view kUnits = "BKMGTPE";
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < 7) {
    value /= 1024;
    ++unit;
  }
  if (unit == 0) return std::to_string(bytes);
  const double tenths = std::ceil(value * 10) / 10;
  if (tenths < 10) return fmt::format("{:.1f}{}", tenths, kUnits[unit]);
  return fmt::format("{:.0f}{}", std::ceil(value), kUnits[unit]);
}

std::string amount(std::uint64_t bytes, Units units) {
  return units == Units::readable ? readable(bytes) : std::to_string((bytes + 1023) / 1024);
}

Row row_of(const mount::GuestRoot& root, const MountedOn& mount, Units units) {
  const Statvfs fs = file_system_facts(root, mount.path);
  const auto bytes = [&](std::int64_t blocks) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, blocks)) *
           static_cast<std::uint64_t>(std::max<std::int64_t>(1, fs.frsize));
  };
  const std::int64_t used = fs.blocks - fs.bfree;
  const std::int64_t whole = used + fs.bavail;
  const std::string percent =
      whole > 0
          ? fmt::format("{:.0f}%",
                        std::ceil(100.0 * static_cast<double>(used) / static_cast<double>(whole)))
          : "-";
  return {mount.device,
          amount(bytes(fs.blocks), units),
          amount(bytes(used), units),
          amount(bytes(fs.bavail), units),
          percent,
          mount.path};
}

}  // namespace

std::string space_table(const mount::GuestRoot& root, const std::vector<MountedOn>& mounts,
                        Units units) {
  std::vector<Row> rows;
  rows.push_back(units == Units::readable
                     ? Row{"Filesystem", "Size", "Used", "Avail", "Use%", "Mounted on"}
                     : Row{"Filesystem", "1K-blocks", "Used", "Available", "Use%", "Mounted on"});
  for (const MountedOn& mount : mounts) rows.push_back(row_of(root, mount, units));
  std::array<std::size_t, 6> widths{};
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const Row& row : rows) {
    text += fmt::format("{:<{}}", row[0], widths[0]);
    for (std::size_t i = 1; i < 5; ++i) text += fmt::format(" {:>{}}", row[i], widths[i]);
    text += " " + row[5] + "\n";
  }
  return text;
}

}  // namespace vmcraft::file
