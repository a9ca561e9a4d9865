// SPDX-License-Identifier: LGPL-3.0-or-later
#include "image/format.h"

#include <array>

#include "base/error.h"
#include "image/format_readers.h"

namespace vmcraft::image {
namespace {

constexpr std::array kFormats = std::to_array<FormatReader>({
    {"qcow2", is_qcow2, read_qcow2},
    {"qcow", is_qcow, read_qcow},
    {"qed", is_qed, read_qed},
    {"vmdk", is_vmdk, read_vmdk},
    {"vdi", is_vdi, read_vdi},
    {"vhdx", is_vhdx, read_vhdx},
    {"vpc", is_vpc, read_vpc},
    {"parallels", is_parallels, read_parallels},
    {"dmg", is_dmg, read_dmg},
});

FormatInfo read_by(const FormatReader& format, const BlockReader& reader) {
  FormatInfo info;
  format.read(reader, info);
  info.format = format.name;
  return info;
}

FormatInfo raw(const BlockReader& reader) {
  FormatInfo info;
  info.format = "raw";
  info.virtual_size_bytes = reader.size_bytes();
  return info;
}

}  // namespace

FormatInfo detect_format(const BlockReader& reader) {
  for (const FormatReader& format : kFormats)
    if (format.matches(reader)) return read_by(format, reader);
  return raw(reader);
}

FormatInfo read_format(const BlockReader& reader, const std::string& name) {
  if (name == "raw") return raw(reader);
  for (const FormatReader& format : kFormats) {
    if (name != format.name) continue;
    if (!format.matches(reader)) base::throw_invalid("format", "image is not " + name);
    return read_by(format, reader);
  }
  base::throw_not_supported("format '" + name + "'", "not one that is attached here");
}

}  // namespace vmcraft::image
