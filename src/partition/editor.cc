// SPDX-License-Identifier: LGPL-3.0-or-later
#include "partition/editor.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/trace.h"
#include "partition/gpt_size.h"
#include "partition/table.h"

namespace vmcraft::partition {
namespace {

// libfdisk keeps so many entries of an MBR and drops what comes after them when it writes.
constexpr std::size_t kMostMbrEntries = 60;
constexpr std::uint64_t kPrimaryGptSector = 1;
constexpr unsigned kProtective = 0xee;

// libfdisk's sentence as the second half of ours.
std::string as_reason(const char* message) {
  std::string text = message != nullptr ? message : "";
  text = base::trim(text);
  while (text.ends_with('.')) text.pop_back();
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0)
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

void disable_labels(fdisk_context* context, int disabled) {
  fdisk_label* label = nullptr;
  while (fdisk_next_label(context, &label) == 0) fdisk_label_set_disabled(label, disabled);
}

// What is about to be replaced must not cost memory when old signatures are looked for.
void clear_implausible_gpt(const EditTarget& target) {
  const std::uint64_t size_bytes = base::size_of(target.fd);
  if (gpt_size_is_plausible(target.fd, size_bytes, target.sector_size_bytes)) return;
  const std::vector<std::byte> zeros(target.sector_size_bytes);
  const std::uint64_t last_sector = size_bytes / target.sector_size_bytes - 1;
  for (const std::uint64_t sector : {kPrimaryGptSector, last_sector})
    base::pwrite_full(target.fd, zeros, sector * target.sector_size_bytes);
}

Slot to_slot(fdisk_partition* partition, bool gpt) {
  Slot slot;
  slot.number = static_cast<int>(fdisk_partition_get_partno(partition)) + 1;
  slot.first_sector = fdisk_partition_get_start(partition);
  slot.last_sector = slot.first_sector + fdisk_partition_get_size(partition) - 1;
  slot.container = fdisk_partition_is_container(partition) != 0;
  slot.nested = fdisk_partition_is_nested(partition) != 0;
  slot.active = fdisk_partition_is_bootable(partition) != 0;
  const fdisk_parttype* type = fdisk_partition_get_type(partition);
  if (type == nullptr) return slot;
  if (gpt) slot.type = fdisk_parttype_get_string(type);
  else slot.code = fdisk_parttype_get_code(type);
  return slot;
}

}  // namespace

FdiskPtr<fdisk_partition> new_partition() {
  FdiskPtr<fdisk_partition> partition(fdisk_new_partition());
  if (!partition) base::throw_errno("partition", ENOMEM);
  return partition;
}

Editor::Editor(const EditTarget& target, Open open, const Geometry& geometry)
    : target_(target), context_(fdisk_new_context()) {
  if (!context_) base::throw_errno(target_.name, ENOMEM);
  fdisk_set_ask(context(), &Editor::answer, this);
  fdisk_disable_dialogs(context(), 1);
  fdisk_save_user_sector_size(context(), target_.sector_size_bytes, target_.sector_size_bytes);
  if (geometry.cylinders != 0 || geometry.heads != 0 || geometry.sectors != 0)
    fdisk_save_user_geometry(context(), geometry.cylinders, geometry.heads, geometry.sectors);
  assign(open);
  if (open == Open::existing && !has_label())
    base::throw_invalid(target_.name, "has no partition table that can be edited");
  if (open == Open::existing) check_table();
}

Editor::~Editor() {
  constexpr int kNoSync = 1;
  fdisk_deassign_device(context(), kNoSync);
}

void Editor::assign(Open open) {
  if (open == Open::replace) clear_implausible_gpt(target_);
  const bool plausible =
      gpt_size_is_plausible(target_.fd, base::size_of(target_.fd), target_.sector_size_bytes);
  if (open == Open::existing && !plausible)
    base::throw_corrupt(target_.name, "its GPT asks for more entries than can be");
  if (open == Open::replace || !plausible) disable_labels(context(), 1);
  const int readonly = open == Open::look ? 1 : 0;
  fdisk_enable_listonly(context(), readonly);
  check(fdisk_assign_device_by_fd(context(), target_.fd, target_.name.c_str(), readonly), "open");
  disable_labels(context(), 0);
  // The first sector that may be used, not libfdisk's choice for alignment: callers choose.
  if (!is_gpt()) fdisk_set_first_lba(context(), 1);
}

// A warning is kept for the error that follows; a question whether to go on is answered yes.
int Editor::answer(fdisk_context*, fdisk_ask* ask, void* data) {
  auto& self = *static_cast<Editor*>(data);
  switch (fdisk_ask_get_type(ask)) {
    case FDISK_ASKTYPE_WARN:
    case FDISK_ASKTYPE_WARNX:
    case FDISK_ASKTYPE_INFO:
      self.said_ = as_reason(fdisk_ask_print_get_mesg(ask));
      base::trace("{}: {}", self.target_.name, self.said_);
      return 0;
    case FDISK_ASKTYPE_YESNO:
      return fdisk_ask_yesno_set_result(ask, 1);
    default:
      return -EINVAL;
  }
}

void Editor::check(int result, const std::string& what) const {
  if (result == 0) return;
  const std::string object = target_.name + ": " + what;
  if (!said_.empty()) base::throw_invalid(object, said_);
  base::throw_errno(object, result < 0 ? -result : EINVAL);
}

// What libfdisk reckons with sectors that are not on the drive runs over, and ends in an assertion.
void Editor::check_places() const {
  fdisk_table* raw = nullptr;
  check(fdisk_get_partitions(context(), &raw), "read the table");
  const FdiskPtr<fdisk_table> table(raw);
  const FdiskPtr<fdisk_iter> iter(fdisk_new_iter(FDISK_ITER_FORWARD));
  fdisk_partition* partition = nullptr;
  while (fdisk_table_next_partition(table.get(), iter.get(), &partition) == 0) {
    if (!fdisk_partition_has_start(partition)) continue;
    const std::uint64_t first = fdisk_partition_get_start(partition);
    const std::uint64_t count = fdisk_partition_has_size(partition) ? fdisk_partition_get_size(partition) : 0;
    if (first >= sectors() || count > sectors() - first || first < fdisk_get_first_lba(context()))
      base::throw_corrupt(target_.name + " partition " + std::to_string(fdisk_partition_get_partno(partition) + 1),
                          "has sectors that are not on the drive, or are the table's own");
  }
}

void Editor::check_table() const {
  if (is_gpt()) check_places();
  if (!is_mbr()) return;
  if (fdisk_get_npartitions(context()) >= kMostMbrEntries)
    base::throw_corrupt(target_.name, "too many logical partitions, or a circle of them");
  for (const Slot& slot : slots())
    if (slot.code == kProtective)
      base::throw_corrupt(target_.name, "its MBR stands for a GPT, which cannot be read");
}

void Editor::need_gpt() const {
  if (!is_gpt()) base::throw_invalid(target_.name, "partition table is not a GPT");
}

void Editor::need_mbr() const {
  if (!is_mbr()) base::throw_invalid(target_.name, "partition table is not an MBR");
}

void Editor::create(const char* label) {
  said_.clear();
  fdisk_enable_wipe(context(), 1);
  fdisk_set_first_lba(context(), 1);
  // Only that for BSD asks whether it should be made.
  fdisk_disable_dialogs(context(), 0);
  const int result = fdisk_create_disklabel(context(), label);
  fdisk_disable_dialogs(context(), 1);
  check(result, "new table");
  fdisk_set_first_lba(context(), is_gpt() ? fdisk_get_first_lba(context()) : 1);
}

std::vector<Slot> Editor::slots() const {
  fdisk_table* raw = nullptr;
  check(fdisk_get_partitions(context(), &raw), "read the table");
  const FdiskPtr<fdisk_table> table(raw);
  const FdiskPtr<fdisk_iter> iter(fdisk_new_iter(FDISK_ITER_FORWARD));
  std::vector<Slot> list;
  fdisk_partition* partition = nullptr;
  while (fdisk_table_next_partition(table.get(), iter.get(), &partition) == 0)
    if (fdisk_partition_has_size(partition) && fdisk_partition_get_size(partition) > 0)
      list.push_back(to_slot(partition, is_gpt()));
  std::sort(list.begin(), list.end(),
            [](const Slot& a, const Slot& b) { return a.number < b.number; });
  return list;
}

std::vector<std::uint64_t> Editor::logical_tables() const {
  std::vector<std::uint64_t> list;
  const char* name = nullptr;
  std::uint64_t offset_bytes = 0;
  std::size_t size_bytes = 0;
  // The first is the MBR itself.
  for (int n = 1; fdisk_locate_disklabel(context(), n, &name, &offset_bytes, &size_bytes) == 0; ++n)
    list.push_back(offset_bytes / target_.sector_size_bytes);
  return list;
}

Slot Editor::slot(int number) const {
  for (const Slot& slot : slots())
    if (slot.number == number) return slot;
  base::throw_errno(target_.name + " partition " + std::to_string(number), ENOENT);
}

// libfdisk puts the backup where the drive ends now, whatever a partition has there.
void Editor::check_gpt_ends() const {
  for (const Slot& slot : slots())
    if (slot.last_sector < slot.first_sector || slot.last_sector > fdisk_get_last_lba(context()))
      base::throw_corrupt(target_.name + " partition " + std::to_string(slot.number),
                          "ends behind the last sector that the GPT leaves to partitions");
}

// For an empty extended partition libfdisk (2.38) writes a sector out of a buffer of 512 bytes, so
// that larger sectors would get what stands behind it in memory.
void Editor::check_empty_container() const {
  constexpr std::size_t kPrimaries = 4;
  if (target_.sector_size_bytes == 512 || fdisk_get_npartitions(context()) > kPrimaries) return;
  for (std::size_t i = 0; i < kPrimaries; ++i) {
    fdisk_partition* raw = nullptr;
    if (fdisk_get_partition(context(), i, &raw) != 0) continue;
    const FdiskPtr<fdisk_partition> partition(raw);
    if (fdisk_partition_is_container(raw))
      base::throw_not_supported(target_.name, "an extended partition without logical ones, on "
                                              "sectors that are not of 512 bytes");
  }
}

void Editor::check_writable() const {
  if (is_gpt()) check_gpt_ends();
  if (is_mbr()) check_empty_container();
}

// The copies are written one after the other. Where only the backup is whole, as after an
// interrupted write, another interruption would leave none: first the primary is made from it again.
void Editor::mend_primary() const {
  const auto table = read_table(target_.fd, target_.sector_size_bytes);
  if (!table || !table->from_backup) return;
  const Editor unchanged(target_, Open::existing);
  unchanged.check(fdisk_write_disklabel(unchanged.context()), "mend the table");
  base::check(::fsync(target_.fd), target_.name);
}

void Editor::write() {
  check_writable();
  if (is_gpt()) mend_primary();
  check(fdisk_write_disklabel(context()), "write the table");
  base::check(::fsync(target_.fd), target_.name);
}

}  // namespace vmcraft::partition
