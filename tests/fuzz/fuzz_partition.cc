// SPDX-License-Identifier: LGPL-3.0-or-later
// Tables of a hostile guest: read, opened for a change, changed and written, all in memory.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <span>

#include "base/fd.h"
#include "partition/edit.h"
#include "partition/sfdisk.h"
#include "partition/table.h"
#include "vmcraft/error.h"

namespace {

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

}  // namespace

// The input is the start of a drive; its second half, where it is long enough, the end as well.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kDiskBytes / 4) return 0;
  for (const unsigned sector_size_bytes : {512U, 4096U}) {
    const vmcraft::base::UniqueFd disk(::memfd_create("disk", MFD_CLOEXEC));
    if (::ftruncate(disk.get(), kDiskBytes) != 0) return 0;
    const auto bytes = std::as_bytes(std::span(data, size));
    vmcraft::base::pwrite_full(disk.get(), bytes, 0);
    vmcraft::base::pwrite_full(disk.get(), bytes.subspan(size / 2),
                               kDiskBytes - (size - size / 2));
    attempt([&] { vmcraft::partition::read_table(disk.get(), sector_size_bytes); });
    edit({disk.get(), sector_size_bytes, "/dev/sda"});
  }
  return 0;
}
