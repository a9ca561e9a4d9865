// SPDX-License-Identifier: LGPL-3.0-or-later
#include "partition/table.h"

#include <blkid/blkid.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/trace.h"
#include "image/read_ahead.h"
#include "partition/gpt_size.h"

namespace vmcraft::partition {
namespace {

struct ProbeDeleter {
  void operator()(blkid_probe probe) const noexcept { blkid_free_probe(probe); }
};
using Probe = std::unique_ptr<std::remove_pointer_t<blkid_probe>, ProbeDeleter>;

constexpr std::uint64_t kBlkidSector = 512;  // libblkid counts in these whatever the device has

std::string text_or_empty(const char* text) { return text != nullptr ? text : ""; }

Partition convert(blkid_partition entry, bool gpt) {
  Partition result;
  result.number = blkid_partition_get_partno(entry);
  result.start_bytes = static_cast<std::uint64_t>(blkid_partition_get_start(entry)) * kBlkidSector;
  result.size_bytes = static_cast<std::uint64_t>(blkid_partition_get_size(entry)) * kBlkidSector;
  result.type = gpt ? base::lower(text_or_empty(blkid_partition_get_type_string(entry)))
                    : fmt::format("0x{:x}", blkid_partition_get_type(entry));
  result.uuid = text_or_empty(blkid_partition_get_uuid(entry));
  result.name = text_or_empty(blkid_partition_get_name(entry));
  result.attributes = blkid_partition_get_flags(entry);
  result.extended = blkid_partition_is_extended(entry) != 0;
  result.logical = blkid_partition_is_logical(entry) != 0;
  return result;
}

std::optional<Table> convert(blkid_partlist list, std::uint64_t disk_size_bytes) {
  const blkid_parttable head = blkid_partlist_get_table(list);
  if (head == nullptr) return std::nullopt;
  Table table;
  const std::string type = text_or_empty(blkid_parttable_get_type(head));
  table.type = type == "dos" ? "msdos" : type == "sgi" ? "dvh" : type;
  table.id = text_or_empty(blkid_parttable_get_id(head));
  table.from_backup = type == "gpt" && blkid_parttable_get_offset(head) > 4096;
  for (int i = 0; i < blkid_partlist_numof_partitions(list); ++i) {
    const Partition entry = convert(blkid_partlist_get_partition(list, i), type == "gpt");
    const bool inside = entry.start_bytes < disk_size_bytes &&
                        entry.size_bytes <= disk_size_bytes - entry.start_bytes;
    if (inside) table.partitions.push_back(entry);
  }
  std::sort(table.partitions.begin(), table.partitions.end(),
            [](const Partition& a, const Partition& b) { return a.number < b.number; });
  return table;
}

}  // namespace

std::optional<Table> read_table(int fd, unsigned sector_size_bytes) {
  const Probe probe(blkid_new_probe());
  if (!probe) base::throw_errno("libblkid", ENOMEM);
  const std::uint64_t size_bytes = base::size_of(fd);
  if (blkid_probe_set_device(probe.get(), fd, 0, static_cast<blkid_loff_t>(size_bytes)) != 0)
    return std::nullopt;
  image::read_ahead(fd, {0, size_bytes});
  if (!gpt_size_is_plausible(fd, size_bytes, sector_size_bytes)) {
    base::trace("partition table: a GPT asks for more entries than can be; left unread");
    return std::nullopt;
  }
  blkid_probe_set_sectorsize(probe.get(), sector_size_bytes);
  // A file system that fills the disk may look like an MBR; libblkid tells them apart by both.
  blkid_probe_enable_superblocks(probe.get(), 1);
  blkid_probe_set_superblocks_flags(probe.get(), BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE);
  blkid_probe_enable_partitions(probe.get(), 1);
  blkid_probe_set_partitions_flags(probe.get(), BLKID_PARTS_ENTRY_DETAILS);
  const blkid_partlist list = blkid_probe_get_partitions(probe.get());
  if (list == nullptr) return std::nullopt;
  return convert(list, size_bytes);
}

}  // namespace vmcraft::partition
