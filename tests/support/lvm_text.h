// SPDX-License-Identifier: LGPL-3.0-or-later
// LVM's metadata written by hand, and the tables that its volumes would be mapped with.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "volume/lvm/assembler.h"

namespace vmcraft::test {

inline constexpr const char* kPhysicalUuid = "0123456789abcdefghijABCDEFGHIJ01";

std::string group_text(const std::string& physical_volumes, const std::string& logical_volumes);
std::string physical(const std::string& name, const std::string& id, int extents);
std::string segment(int number, int start, int count, const std::string& part, int part_start);
/// A visible volume of one segment; numbers may be anything.
std::string linear(const std::string& name, const std::string& part, const std::string& part_start,
                   const std::string& count);
std::string linear(const std::string& name, const std::string& part, const auto& start, const auto& count) {
  const auto text = [](const auto& value) {
    if constexpr (std::is_integral_v<std::decay_t<decltype(value)>>) return std::to_string(value);
    else return std::string(value);
  };
  return linear(name, part, text(start), text(count));
}
/// The start of a disk with a label of kPhysicalUuid and this text in its metadata area.
std::string physical_volume(const std::string& text);

/// Maps nothing, and keeps what would have been mapped.
struct TableRecorder {
  TableRecorder(const volume::lvm::VolumeGroup& group, const volume::Allowed& allowed);
  std::map<std::string, std::vector<volume::Target>> tables;  // by label
  volume::lvm::Assembler assembler;
};

}  // namespace vmcraft::test
