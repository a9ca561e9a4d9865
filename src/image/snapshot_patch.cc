// SPDX-License-Identifier: LGPL-3.0-or-later
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "base/error.h"
#include "image/format_readers.h"
#include "image/qcow2_disk.h"
#include "image/snapshot.h"

namespace vmcraft::image {
namespace {

// The patch's own clusters: header, reference counts (of which a reader needs none), the map of the
// first half GiB, the one cluster that differs, and then the map of maps.
constexpr std::uint32_t kClusterBits = 16;
constexpr std::uint64_t kCluster = std::uint64_t{1} << kClusterBits;
constexpr std::uint64_t kCountsAt = 1 * kCluster;
constexpr std::uint64_t kMapAt = 2 * kCluster;
constexpr std::uint64_t kDataAt = 3 * kCluster;
constexpr std::uint64_t kMapsAt = 4 * kCluster;
constexpr std::uint64_t kMapBytes = kCluster / 8 * kCluster;  // what one map describes
constexpr std::uint64_t kOwned = std::uint64_t{1} << 63U;     // counted once

std::uint64_t rounded_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

template <typename T>
void put(int fd, const T& value, std::uint64_t offset) {
  base::pwrite_full(fd, std::as_bytes(std::span(&value, 1)), offset);
}

Qcow2HeaderDisk patch_header(std::uint64_t size_bytes) {
  Qcow2HeaderDisk header{};
  std::memcpy(header.magic, "QFI\xfb", 4);
  header.version = 3;
  header.cluster_bits = kClusterBits;
  header.size = size_bytes;
  header.l1_size = static_cast<std::uint32_t>((size_bytes + kMapBytes - 1) / kMapBytes);
  header.l1_table_offset = kMapsAt;
  header.refcount_table_offset = kCountsAt;
  header.refcount_table_clusters = 1;
  header.refcount_order = 4;
  header.header_length = sizeof header;
  return header;
}

// The start of the file with the snapshot in the place of the present.
std::string patched_start(const BlockReader& file, const InternalSnapshot& snapshot) {
  std::string start(kCluster, '\0');
  const auto bytes = std::as_writable_bytes(std::span(start.data(), start.size()));
  constexpr std::size_t kOldHeader = 72;  // of version 2
  if (file.pread(bytes, 0) < kOldHeader) throw_truncated("qcow2");
  Qcow2HeaderDisk header;
  std::memcpy(&header, start.data(), sizeof header);
  header.size = snapshot.disk_size_bytes;
  header.l1_size = snapshot.l1_entries;
  header.l1_table_offset = snapshot.l1_table_offset;
  header.nb_snapshots = 0;
  header.snapshots_offset = 0;
  std::memcpy(start.data(), &header, sizeof header);
  return start;
}

}  // namespace

base::UniqueFd snapshot_patch(const BlockReader& file, const InternalSnapshot& snapshot) {
  base::UniqueFd patch(base::check(::memfd_create("vmcraft-snapshot", MFD_CLOEXEC), "snapshot"));
  const std::uint64_t size_bytes = rounded_up(file.size_bytes(), kImageSector);
  const Qcow2HeaderDisk header = patch_header(size_bytes);
  const std::uint64_t maps_bytes = rounded_up(header.l1_size * std::uint64_t{8}, kCluster);
  base::check(::ftruncate(patch.get(), static_cast<off_t>(kMapsAt + maps_bytes)), "snapshot");
  put(patch.get(), header, 0);
  put(patch.get(), Be64(kMapAt | kOwned), kMapsAt);
  put(patch.get(), Be64(kDataAt | kOwned), kMapAt);
  base::pwrite_full(patch.get(), base::as_bytes(patched_start(file, snapshot)), kDataAt);
  return patch;
}

}  // namespace vmcraft::image
