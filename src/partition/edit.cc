// SPDX-License-Identifier: LGPL-3.0-or-later
#include "partition/edit.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "base/error.h"
#include "base/fd.h"

namespace vmcraft::partition {
namespace {

constexpr std::int64_t kMargin = 128;  // sectors part_disk keeps free on each side, as libguestfs
constexpr std::uint64_t kSmallDrive = 1024;  // sectors; below it every one counts
constexpr std::uint64_t kMostMbrSectors = std::numeric_limits<std::uint32_t>::max();
constexpr unsigned kExtendedLba = 0x0f;

struct TypeName {
  std::string_view ours;
  const char* label;  // libfdisk's; null where it cannot make one
};
constexpr std::array kTypes = {
    TypeName{"gpt", "gpt"},     TypeName{"efi", "gpt"},     TypeName{"mbr", "dos"},
    TypeName{"msdos", "dos"},   TypeName{"sun", "sun"},     TypeName{"dvh", "sgi"},
    TypeName{"bsd", "bsd"},     TypeName{"aix", nullptr},   TypeName{"amiga", nullptr},
    TypeName{"rdb", nullptr},   TypeName{"dasd", nullptr},  TypeName{"mac", nullptr},
    TypeName{"pc98", nullptr}};

const char* label_name(const std::string& type) {
  const auto found = std::find_if(kTypes.begin(), kTypes.end(),
                                  [&](const TypeName& name) { return name.ours == type; });
  if (found == kTypes.end())
    base::throw_invalid("parttype", "'" + type + "' is not the name of a partition table");
  if (found->label == nullptr)
    base::throw_not_supported("parttype", "tables of type '" + type + "' cannot be made");
  return found->label;
}

std::uint64_t last_sector(const Editor& editor, std::int64_t wanted) {
  const auto sectors = static_cast<std::int64_t>(editor.sectors());
  const std::int64_t last = wanted < 0 ? sectors + wanted : wanted;
  if (last < 0 || last >= sectors)
    base::throw_invalid("endsect", fmt::format("{} is not on the drive, which has {} sectors",
                                               wanted, sectors));
  return static_cast<std::uint64_t>(last);
}

struct Span {
  std::uint64_t first;
  std::uint64_t last;
};

[[noreturn]] void refuse(const Span& span, const std::string& reason) {
  base::throw_invalid(fmt::format("sectors {} to {}", span.first, span.last), reason);
}

// A logical partition must not cover the table of another.
void check_tables(const Editor& editor, const Span& span) {
  for (const std::uint64_t sector : editor.logical_tables())
    if (sector >= span.first && sector <= span.last)
      refuse(span, fmt::format("overlap the table of a logical partition in sector {}", sector));
}

// Whether a partition may lie there; `old` is the one that is resized. Other tables than MBR and
// GPT have partitions that overlap by intent.
void check_free(const Editor& editor, const Span& span, bool nested, const Slot* old) {
  if (!editor.is_gpt() && !editor.is_mbr()) return;
  if (editor.is_mbr() && span.last >= kMostMbrSectors) refuse(span, "an MBR does not reach so far");
  for (const Slot& slot : editor.slots()) {
    if (old != nullptr && slot.number == old->number) continue;
    const bool inside = span.first > slot.first_sector && span.last <= slot.last_sector;
    if (nested && slot.container && !inside)
      refuse(span, fmt::format("not inside extended partition {}", slot.number));
    if (nested == slot.nested && slot.overlaps(span.first, span.last))
      refuse(span, fmt::format("overlap partition {}", slot.number));
    if (old != nullptr && old->container && slot.nested && slot.last_sector > span.last)
      refuse(span, fmt::format("leave out logical partition {}", slot.number));
  }
  if (nested) check_tables(editor, span);
}

// libfdisk moves what it thinks does not fit.
void check_place(const Editor& editor, int number, const Span& wanted) {
  if (!editor.is_gpt() && !editor.is_mbr()) return;
  const Slot got = editor.slot(number);
  if (got.first_sector != wanted.first || got.last_sector != wanted.last)
    refuse(wanted, fmt::format("only sectors {} to {} are possible", got.first_sector,
                               got.last_sector));
}

int add_to(const Editor& editor, fdisk_partition* partition, const std::string& what) {
  std::size_t index = 0;
  fdisk_partition_partno_follow_default(partition, 1);
  editor.check(fdisk_add_partition(editor.context(), partition, &index), what);
  return static_cast<int>(index) + 1;
}

void add_at(const Editor& editor, const Span& span, Place place) {
  const auto partition = new_partition();
  fdisk_partition_set_start(partition.get(), span.first);
  fdisk_partition_set_size(partition.get(), span.last - span.first + 1);
  fdisk_partition_size_explicit(partition.get(), 1);
  if (place == Place::extended)
    fdisk_partition_set_type(partition.get(),
                             fdisk_label_get_parttype_from_code(editor.label(), kExtendedLba));
  const std::string what = fmt::format("sectors {} to {}", span.first, span.last);
  check_place(editor, add_to(editor, partition.get(), what), span);
}

// Tables in cylinders: libfdisk knows where they begin and end.
void add_default(const Editor& editor) {
  const auto partition = new_partition();
  fdisk_partition_start_follow_default(partition.get(), 1);
  fdisk_partition_end_follow_default(partition.get(), 1);
  add_to(editor, partition.get(), "new partition");
}

void create(Editor& editor, const char* label) {
  editor.create(label);
  // That of Sun comes with partitions; one of them is the whole drive and has to be.
  if (fdisk_is_labeltype(editor.context(), FDISK_DISKLABEL_SUN))
    for (const Slot& slot : editor.slots())
      if (slot.number != 3) fdisk_delete_partition(editor.context(), slot.index());
}

}  // namespace

void create_table(const EditTarget& target, const std::string& type) {
  const char* label = label_name(type);
  Editor editor(target, Editor::Open::replace);
  create(editor, label);
  editor.write();
}

void create_single(const EditTarget& target, const std::string& type) {
  const char* label = label_name(type);
  Editor editor(target, Editor::Open::replace);
  create(editor, label);
  Span span{kMargin, editor.sectors() - kMargin};
  if (editor.sectors() < kSmallDrive)
    span = {fdisk_get_first_lba(editor.context()), fdisk_get_last_lba(editor.context())};
  if (!editor.is_gpt() && !editor.is_mbr()) {
    add_default(editor);
  } else {
    check_free(editor, span, false, nullptr);
    add_at(editor, span, Place::primary);
  }
  editor.write();
}

void add(const EditTarget& target, Place place, const SectorRange& range) {
  Editor editor(target, Editor::Open::existing);
  if (place != Place::primary) editor.need_mbr();
  if (range.first < 0) base::throw_invalid("startsect", "must not be negative");
  const Span span{static_cast<std::uint64_t>(range.first), last_sector(editor, range.last)};
  if (span.first > span.last) refuse(span, "end before they start");
  const std::vector<Slot> slots = editor.slots();
  const bool has_container =
      std::any_of(slots.begin(), slots.end(), [](const Slot& slot) { return slot.container; });
  if (place == Place::logical && !has_container)
    base::throw_invalid(target.name, "has no extended partition for a logical one");
  check_free(editor, span, place == Place::logical, nullptr);
  add_at(editor, span, place);
  editor.write();
}

void remove(const EditTarget& target, int number) {
  Editor editor(target, Editor::Open::existing);
  const Slot slot = editor.slot(number);
  editor.check(fdisk_delete_partition(editor.context(), slot.index()),
               "partition " + std::to_string(number));
  editor.write();
}

namespace {

// Gives the entry another place, and leaves all else that it says.
void put_at(Editor& editor, const Slot& slot, const Span& span) {
  if (span.first > span.last) refuse(span, "end before they start");
  check_free(editor, span, slot.nested, &slot);
  auto partition = new_partition();
  if (!editor.is_gpt()) {
    // With what the entry holds already: libfdisk clears the active flag otherwise.
    fdisk_partition* raw = nullptr;
    editor.check(fdisk_get_partition(editor.context(), slot.index(), &raw), "partition");
    partition.reset(raw);
    fdisk_partition_set_type(raw, nullptr);
  }
  if (span.first != slot.first_sector) fdisk_partition_set_start(partition.get(), span.first);
  fdisk_partition_set_size(partition.get(), span.last - span.first + 1);
  fdisk_partition_size_explicit(partition.get(), 1);
  editor.check(fdisk_set_partition(editor.context(), slot.index(), partition.get()),
               "partition " + std::to_string(slot.number));
  check_place(editor, slot.number, span);
}

// From whichever side leaves what is still to be copied as it is.
void copy_sectors(const EditTarget& target, const Slot& slot, std::uint64_t first_sector,
                  const MoveProgress& progress) {
  constexpr std::uint64_t kStep = 4U << 20U;
  std::vector<std::byte> buffer(kStep);
  const std::uint64_t from = slot.first_sector * target.sector_size_bytes;
  const std::uint64_t to = first_sector * target.sector_size_bytes;
  const std::uint64_t total = (slot.last_sector - slot.first_sector + 1) * target.sector_size_bytes;
  for (std::uint64_t done = 0; done < total;) {
    const std::uint64_t count = std::min(kStep, total - done);
    const std::uint64_t at = to > from ? total - done - count : done;
    const auto part = std::span(buffer).first(count);
    base::pread_full(target.fd, part, from + at);
    base::pwrite_full(target.fd, part, to + at);
    done += count;
    progress(done, total);
  }
  base::check(::fsync(target.fd), target.name);
}

}  // namespace

void resize(const EditTarget& target, int number, std::int64_t wanted) {
  Editor editor(target, Editor::Open::existing);
  const Slot slot = editor.slot(number);
  put_at(editor, slot, {slot.first_sector, last_sector(editor, wanted)});
  editor.write();
}

void move(const EditTarget& target, int number, std::uint64_t first_sector,
          const MoveProgress& progress) {
  Editor editor(target, Editor::Open::existing);
  const Slot slot = editor.slot(number);
  if (!editor.is_gpt() && !editor.is_mbr())
    base::throw_not_supported(target.name, "only partitions of a GPT or MBR are moved");
  if (slot.container || slot.nested)
    base::throw_not_supported(target.name + " partition " + std::to_string(number),
                              "extended and logical partitions are not moved");
  if (first_sector == slot.first_sector) return;
  if (first_sector > std::numeric_limits<std::int64_t>::max() - (slot.last_sector - slot.first_sector))
    base::throw_invalid("startsect", "is not on the drive");
  const Span span{first_sector, first_sector + (slot.last_sector - slot.first_sector)};
  last_sector(editor, static_cast<std::int64_t>(span.last));
  put_at(editor, slot, span);
  editor.check_writable();
  copy_sectors(target, slot, first_sector, progress);
  editor.write();
}

}  // namespace vmcraft::partition
