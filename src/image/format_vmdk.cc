// SPDX-License-Identifier: LGPL-3.0-or-later
// VMware's format: "Virtual Disk Format 5.0". A descriptor names the extents; it is a text file of
// its own, or inside the one sparse extent.
#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "image/format_readers.h"

namespace vmcraft::image {
namespace {

using base::Le32;
using base::Le64;

constexpr std::string_view kDescriptorStart = "# Disk DescriptorFile";
constexpr std::uint64_t kLargestDescriptor = 1U << 20U;

struct SparseHeaderDisk {
  char magic[4];
  Le32 version;
  Le32 flags;
  Le64 capacity_sectors;
  Le64 grain_sectors;
  Le64 descriptor_sector;
  Le64 descriptor_sectors;
};

// RW 4192256 SPARSE "name.vmdk" [offset]
void read_extent(const std::string& line, std::uint64_t& sectors, FormatInfo& info) {
  const std::vector<std::string> words = base::split_blanks(line);
  if (words.size() < 3) return;
  const auto count = base::parse_number<std::uint64_t>(words[1]);
  if (!count) base::throw_corrupt("vmdk", "extent without a size");
  if (__builtin_add_overflow(sectors, *count, &sectors))
    base::throw_corrupt("vmdk", "extents are larger than 2^64 sectors");
  const std::size_t open = line.find('"');
  const std::size_t close = line.rfind('"');
  if (open == std::string::npos || close == open) return;
  info.other_files.push_back(line.substr(open + 1, close - open - 1));
}

bool is_extent(const std::string& line) {
  return line.starts_with("RW ") || line.starts_with("RDONLY ") || line.starts_with("NOACCESS ");
}

void read_descriptor(std::string_view text, std::uint64_t& sectors, FormatInfo& info) {
  for (const std::string& raw_line : base::split_lines(text.substr(0, text.find('\0')))) {
    const std::string line(base::trim(raw_line));
    if (is_extent(line)) read_extent(line, sectors, info);
    if (line.starts_with("parentFileNameHint=")) {
      std::string name(base::trim(std::string_view(line).substr(line.find('=') + 1)));
      if (name.size() >= 2 && name.front() == '"') name = name.substr(1, name.size() - 2);
      info.backing_file = name;
      info.backing_format = "vmdk";
    }
  }
}

}  // namespace

bool is_vmdk(const BlockReader& reader) {
  return has_bytes(reader, 0, "KDMV") || has_bytes(reader, 0, "COWD") ||
         has_bytes(reader, 0, kDescriptorStart);
}

void read_vmdk(const BlockReader& reader, FormatInfo& info) {
  std::uint64_t sectors = 0;
  if (has_bytes(reader, 0, kDescriptorStart)) {
    const std::size_t size = std::min(reader.size_bytes(), kLargestDescriptor);
    read_descriptor(*reader.read(0, size), sectors, info);
    info.virtual_size_bytes = sectors * kImageSector;
    return;
  }
  if (has_bytes(reader, 0, "COWD")) {
    info.virtual_size_bytes = need(reader.read_struct<Le32>(12), "vmdk") * kImageSector;
    return;
  }
  const auto header = need(reader.read_struct<SparseHeaderDisk>(0), "vmdk");
  info.virtual_size_bytes = header.capacity_sectors * kImageSector;
  if (header.descriptor_sector == 0) return;
  const std::uint64_t size =
      std::min<std::uint64_t>(header.descriptor_sectors, kLargestDescriptor / kImageSector) *
      kImageSector;
  const std::uint64_t start = header.descriptor_sector * kImageSector;
  const auto text = reader.read(start, size);
  if (!text) return;
  read_descriptor(*text, sectors, info);
  info.other_files.clear();  // the one extent is this file itself
}

}  // namespace vmcraft::image
