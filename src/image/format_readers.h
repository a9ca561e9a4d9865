// SPDX-License-Identifier: LGPL-3.0-or-later
// One pair of functions a format: does it match, and what does its header say.
#pragma once

#include "image/format.h"

namespace vmcraft::image {

struct FormatReader {
  const char* name;
  bool (*matches)(const BlockReader&);
  void (*read)(const BlockReader&, FormatInfo&);
};

bool is_qcow2(const BlockReader& reader);
void read_qcow2(const BlockReader& reader, FormatInfo& info);
bool is_qcow(const BlockReader& reader);
void read_qcow(const BlockReader& reader, FormatInfo& info);
bool is_qed(const BlockReader& reader);
void read_qed(const BlockReader& reader, FormatInfo& info);
bool is_vmdk(const BlockReader& reader);
void read_vmdk(const BlockReader& reader, FormatInfo& info);
bool is_vdi(const BlockReader& reader);
void read_vdi(const BlockReader& reader, FormatInfo& info);
bool is_vhdx(const BlockReader& reader);
void read_vhdx(const BlockReader& reader, FormatInfo& info);
bool is_vpc(const BlockReader& reader);
void read_vpc(const BlockReader& reader, FormatInfo& info);
bool is_parallels(const BlockReader& reader);
void read_parallels(const BlockReader& reader, FormatInfo& info);
bool is_dmg(const BlockReader& reader);
void read_dmg(const BlockReader& reader, FormatInfo& info);

/// True where the reader has exactly these bytes at offset.
bool has_bytes(const BlockReader& reader, std::uint64_t offset, std::string_view bytes);
[[noreturn]] void throw_truncated(const char* object);
/// Throws Error{corrupt} unless `value` is there.
template <typename T>
const T& need(const std::optional<T>& value, const char* object) {
  if (!value) throw_truncated(object);
  return *value;
}
constexpr std::uint64_t kImageSector = 512;

}  // namespace vmcraft::image
