// SPDX-License-Identifier: LGPL-3.0-or-later
// The formats of qemu itself: docs/interop/qcow2.txt and qed_spec.txt of its documentation.
#include <algorithm>

#include "base/bytes.h"
#include "base/error.h"
#include "image/format_readers.h"
#include "image/qcow2_disk.h"

namespace vmcraft::image {
namespace {

using base::Be32;
using base::Be64;
using base::Le32;
using base::Le64;

constexpr std::size_t kLongestName = 1023;         // qcow2's own limit for a backing file's name
constexpr std::uint32_t kMostSnapshots = 65536;    // qcow2's own limit
constexpr std::uint64_t kExternalData = 1U << 2U;  // incompatible feature bit

struct ExtensionDisk {
  Be32 type;
  Be32 length;
};

constexpr std::uint32_t kExtensionEnd = 0;
constexpr std::uint32_t kExtensionBackingFormat = 0xe2792acaU;
constexpr std::uint32_t kExtensionDataFile = 0x44415441U;

std::optional<std::string> name_at(const BlockReader& reader, std::uint64_t offset,
                                   std::uint32_t size, const char* object) {
  if (offset == 0 || size == 0) return std::nullopt;
  if (size > kLongestName) base::throw_corrupt(object, "name of the backing file is too long");
  return need(reader.read(offset, size), object);
}

void read_extensions(const BlockReader& reader, std::uint64_t offset, std::uint64_t end,
                     bool external_data, FormatInfo& info) {
  while (offset + sizeof(ExtensionDisk) <= end) {
    const auto head = reader.read_struct<ExtensionDisk>(offset);
    if (!head || head->type == kExtensionEnd) return;
    offset += sizeof(ExtensionDisk);
    const std::uint64_t length = head->length;
    if (length > end - offset) return;
    if (head->type == kExtensionBackingFormat)
      info.backing_format = reader.read(offset, length);
    if (head->type == kExtensionDataFile && external_data)
      info.other_files.push_back(need(reader.read(offset, length), "qcow2: data file"));
    offset += (length + 7) / 8 * 8;
  }
}

void read_snapshots(const BlockReader& reader, const Qcow2HeaderDisk& header, FormatInfo& info) {
  std::uint64_t offset = header.snapshots_offset;
  if (header.nb_snapshots > kMostSnapshots)
    base::throw_corrupt("qcow2", "more snapshots than the format allows");
  for (std::uint32_t i = 0; i < header.nb_snapshots; ++i) {
    const auto disk = need(reader.read_struct<SnapshotDisk>(offset), "qcow2: snapshot table");
    std::uint64_t at = offset + sizeof(SnapshotDisk);
    InternalSnapshot snapshot;
    snapshot.date_seconds = disk.date_seconds;
    snapshot.vm_state_bytes = disk.vm_state_size;
    snapshot.disk_size_bytes = info.virtual_size_bytes;
    snapshot.l1_table_offset = disk.l1_table_offset;
    snapshot.l1_entries = disk.l1_size;
    if (disk.extra_data_size >= 8)
      snapshot.vm_state_bytes = need(reader.read_struct<Be64>(at), "qcow2: snapshot table");
    if (disk.extra_data_size >= 16)
      snapshot.disk_size_bytes = need(reader.read_struct<Be64>(at + 8), "qcow2: snapshot table");
    at += disk.extra_data_size;
    snapshot.id = need(reader.read(at, disk.id_size), "qcow2: snapshot table");
    at += disk.id_size;
    snapshot.name = need(reader.read(at, disk.name_size), "qcow2: snapshot table");
    at += disk.name_size;
    info.snapshots.push_back(std::move(snapshot));
    offset = (at + 7) / 8 * 8;
  }
}

struct QcowHeaderDisk {
  char magic[4];
  Be32 version;
  Be64 backing_file_offset;
  Be32 backing_file_size;
  Be32 mtime;
  Be64 size;
};

struct QedHeaderDisk {
  char magic[4];
  Le32 cluster_size;
  Le32 table_size;
  Le32 header_size;
  Le64 features;
  Le64 compat_features;
  Le64 autoclear_features;
  Le64 l1_table_offset;
  Le64 image_size;
  Le32 backing_filename_offset;
  Le32 backing_filename_size;
};
constexpr std::uint64_t kQedBackingFile = 1;
constexpr std::uint64_t kQedBackingRaw = 4;

bool qcow_version(const BlockReader& reader, std::uint32_t first, std::uint32_t last) {
  const auto version = reader.read_struct<Be32>(4);
  return has_bytes(reader, 0, "QFI\xfb") && version && *version >= first && *version <= last;
}

}  // namespace

bool has_bytes(const BlockReader& reader, std::uint64_t offset, std::string_view bytes) {
  const std::optional<std::string> found = reader.read(offset, bytes.size());
  return found && *found == bytes;
}

void throw_truncated(const char* object) {
  base::throw_corrupt(object, "image ends in the middle of its header");
}

bool is_qcow2(const BlockReader& reader) { return qcow_version(reader, 2, 3); }

void read_qcow2(const BlockReader& reader, FormatInfo& info) {
  // A version 2 image may end right after its header of 72 bytes.
  const auto header = need(reader.read_struct<Qcow2HeaderDisk>(0), "qcow2");
  if (header.cluster_bits < 9 || header.cluster_bits > 22)
    base::throw_corrupt("qcow2", "cluster size is out of range");
  info.virtual_size_bytes = header.size;
  info.encrypted = header.crypt_method != 0;
  info.backing_file =
      name_at(reader, header.backing_file_offset, header.backing_file_size, "qcow2");
  const bool v3 = header.version >= 3;
  const bool external_data = v3 && (header.incompatible_features & kExternalData) != 0;
  const std::uint64_t first_cluster = std::uint64_t{1} << header.cluster_bits;
  const std::uint64_t end =
      header.backing_file_offset != 0 ? std::min<std::uint64_t>(header.backing_file_offset, first_cluster)
                                      : first_cluster;
  read_extensions(reader, v3 ? std::uint32_t{header.header_length} : 72U, end, external_data, info);
  read_snapshots(reader, header, info);
}

bool is_qcow(const BlockReader& reader) { return qcow_version(reader, 1, 1); }

void read_qcow(const BlockReader& reader, FormatInfo& info) {
  const auto header = need(reader.read_struct<QcowHeaderDisk>(0), "qcow");
  info.virtual_size_bytes = header.size;
  info.backing_file = name_at(reader, header.backing_file_offset, header.backing_file_size, "qcow");
}

bool is_qed(const BlockReader& reader) { return has_bytes(reader, 0, std::string_view("QED\0", 4)); }

void read_qed(const BlockReader& reader, FormatInfo& info) {
  const auto header = need(reader.read_struct<QedHeaderDisk>(0), "qed");
  info.virtual_size_bytes = header.image_size;
  if ((header.features & kQedBackingFile) == 0) return;
  info.backing_file =
      name_at(reader, header.backing_filename_offset, header.backing_filename_size, "qed");
  if ((header.features & kQedBackingRaw) != 0) info.backing_format = "raw";
}

}  // namespace vmcraft::image
