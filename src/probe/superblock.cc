// SPDX-License-Identifier: LGPL-3.0-or-later
#include "probe/superblock.h"

#include <blkid/blkid.h>

#include <array>
#include <memory>

#include "base/error.h"
#include "base/trace.h"
#include "image/read_ahead.h"

namespace vmcraft::probe {
namespace {

struct ProbeDeleter {
  void operator()(blkid_probe probe) const noexcept { blkid_free_probe(probe); }
};
using Probe = std::unique_ptr<std::remove_pointer_t<blkid_probe>, ProbeDeleter>;

constexpr int kAmbiguous = -2;  // blkid_do_safeprobe's own numbers
constexpr int kNothing = 1;

void collect(blkid_probe probe, Superblock& result) {
  const int count = blkid_probe_numof_values(probe);
  for (int i = 0; i < count; ++i) {
    const char* name = nullptr;
    const char* data = nullptr;
    if (blkid_probe_get_value(probe, i, &name, &data, nullptr) != 0) continue;
    result.values.emplace_back(name, data);
    const std::string key = name;
    if (key == "TYPE") result.type = data;
    else if (key == "USAGE") result.usage = data;
    else if (key == "LABEL") result.label = data;
    else if (key == "UUID") result.uuid = data;
    else if (key == "VERSION") result.version = data;
  }
}

// Looking for ZFS reads a megabyte, more than for all others together.
enum class Kinds { all_but_zfs, zfs };

Superblock look(int fd, const image::Extent& extent, unsigned sector_size_bytes, Kinds kinds) {
  Superblock result;
  const Probe probe(blkid_new_probe());
  if (!probe) base::throw_errno("libblkid", ENOMEM);
  if (blkid_probe_set_device(probe.get(), fd, static_cast<blkid_loff_t>(extent.offset_bytes),
                             static_cast<blkid_loff_t>(extent.size_bytes)) != 0)
    return result;  // too small to hold anything
  blkid_probe_set_sectorsize(probe.get(), sector_size_bytes);
  blkid_probe_enable_superblocks(probe.get(), 1);
  blkid_probe_set_superblocks_flags(
      probe.get(), BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID | BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE |
                       BLKID_SUBLKS_VERSION | BLKID_SUBLKS_SECTYPE);
  static std::string zfs = "zfs_member";
  std::array<char*, 2> filter{zfs.data(), nullptr};
  blkid_probe_filter_superblocks_type(
      probe.get(), kinds == Kinds::zfs ? BLKID_FLTR_ONLYIN : BLKID_FLTR_NOTIN, filter.data());
  const int outcome = blkid_do_safeprobe(probe.get());
  result.ambiguous = outcome == kAmbiguous;
  if (outcome < 0 && !result.ambiguous)
    base::trace("probe: {} bytes at {}: {}", extent.size_bytes, extent.offset_bytes,
                base::errno_text(errno));
  if (outcome == kAmbiguous || outcome == kNothing || outcome < 0) return result;
  collect(probe.get(), result);
  return result;
}

}  // namespace

Superblock probe(int fd, const image::Extent& extent, unsigned sector_size_bytes) {
  image::read_ahead(fd, extent);
  Superblock found = look(fd, extent, sector_size_bytes, Kinds::all_but_zfs);
  if (found.type.empty() && !found.ambiguous)
    found = look(fd, extent, sector_size_bytes, Kinds::zfs);
  return found;
}

}  // namespace vmcraft::probe
