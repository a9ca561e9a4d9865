// SPDX-License-Identifier: LGPL-3.0-or-later
// Tables of a hostile guest: read, opened for a change, changed and written, all in memory. Those of a
// GPT are tried once more with the checksums that are right for what they hold.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <span>

#include "base/error.h"
#include "base/fd.h"
#include "disk.h"
#include "partition/edit.h"
#include "partition/sfdisk.h"
#include "partition/table.h"
#include "vmcraft/error.h"
#include "volume/lvm/label.h"

namespace {

using vmcraft::fuzz::get;
using vmcraft::fuzz::put;

constexpr std::uint64_t kDiskBytes = 2U << 20U;

template <typename Work>
void attempt(Work&& work) {
  try {
    work();
  } catch (const vmcraft::Error&) {  // bad tables are refused
  }
}

void edit(const vmcraft::partition::EditTarget& disk) {
  namespace partition = vmcraft::partition;
  attempt([&] { partition::describe(disk); });
  attempt([&] { partition::set_bootable(disk, 1, true); });
  attempt([&] { partition::resize(disk, 5, -1); });
  attempt([&] { partition::apply_line(disk, 1, {}, ",10"); });
  attempt([&] { partition::remove(disk, 6); });
  attempt([&] { partition::remove(disk, 5); });
  attempt([&] { partition::add(disk, partition::Place::logical, {200, 300}); });
  attempt([&] { partition::add(disk, partition::Place::primary, {40, 50}); });
  attempt([&] { partition::set_gpt_name(disk, 1, "name"); });
  attempt([&] { partition::remove(disk, 1); });
  attempt([&] { partition::create_single(disk, "gpt"); });
}

std::uint32_t crc32(std::string_view bytes) { return ~vmcraft::volume::lvm::lvm_crc(bytes, ~0U); }

std::string read_at(int fd, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  const auto whole = std::as_writable_bytes(std::span(bytes));
  if (offset <= kDiskBytes) vmcraft::base::pread_full(fd, whole.first(std::min(size, kDiskBytes - offset)), offset);
  return bytes;
}

// False where there is no header at `offset`.
bool seal_gpt(int fd, std::uint64_t offset, unsigned sector_size_bytes) {
  std::string header = read_at(fd, offset, 512);
  if (!header.starts_with("EFI PART")) return false;
  const auto size = std::min<std::uint32_t>(get<std::uint32_t>(header, 12), 512);
  const std::uint64_t entry_bytes =
      std::uint64_t{get<std::uint32_t>(header, 80)} * get<std::uint32_t>(header, 84);
  const std::uint64_t start = get<std::uint64_t>(header, 72);
  if (entry_bytes <= kDiskBytes && start <= kDiskBytes / sector_size_bytes)
    put(header, 88, crc32(read_at(fd, start * sector_size_bytes, entry_bytes)));
  put(header, 16, std::uint32_t{0});
  put(header, 16, crc32(std::string_view(header).substr(0, size)));
  vmcraft::base::pwrite_full(fd, std::as_bytes(std::span(header)), offset);
  return true;
}

void attempt_all(int fd, unsigned sector_size_bytes) {
  attempt([&] { vmcraft::partition::read_table(fd, sector_size_bytes); });
  edit({fd, sector_size_bytes, "/dev/sda"});
}

vmcraft::base::UniqueFd make_disk(std::span<const std::byte> bytes) {
  vmcraft::base::UniqueFd disk(::memfd_create("disk", MFD_CLOEXEC));
  vmcraft::base::check(::ftruncate(disk.get(), kDiskBytes), "memfd");
  vmcraft::base::pwrite_full(disk.get(), bytes, 0);
  const std::size_t half = bytes.size() / 2;
  vmcraft::base::pwrite_full(disk.get(), bytes.subspan(half), kDiskBytes - (bytes.size() - half));
  return disk;
}

}  // namespace

// The input is the start of a drive; its second half, where it is long enough, the end as well.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kDiskBytes / 4) return 0;
  const auto bytes = std::as_bytes(std::span(data, size));
  for (const unsigned sector_size_bytes : {512U, 4096U}) {
    attempt_all(make_disk(bytes).get(), sector_size_bytes);
    const vmcraft::base::UniqueFd disk = make_disk(bytes);
    const bool first = seal_gpt(disk.get(), sector_size_bytes, sector_size_bytes);
    const bool last = seal_gpt(disk.get(), kDiskBytes - sector_size_bytes, sector_size_bytes);
    if (first || last) attempt_all(disk.get(), sector_size_bytes);
  }
  return 0;
}
