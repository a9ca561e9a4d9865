// SPDX-License-Identifier: LGPL-3.0-or-later
// What a partition is called and what it is for; no sector moves.
#include <fmt/format.h>
#include <sys/random.h>

#include <array>

#include "base/error.h"
#include "base/text.h"
#include "partition/edit.h"

namespace vmcraft::partition {
namespace {

constexpr std::string_view kEfiSystem = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
constexpr std::string_view kLinuxData = "0FC63DAF-8483-4772-8E79-3D69D8477DE4";
constexpr std::string_view kNoType = "00000000-0000-0000-0000-000000000000";
constexpr std::uint64_t kLegacyBoot = 4;

bool is_extended_type(int type) { return type == 0x05 || type == 0x0f || type == 0x85; }

// Braces are allowed around a GUID, and libfdisk does not know them.
std::string bare(std::string guid) {
  if (guid.starts_with('{') && guid.ends_with('}')) guid = guid.substr(1, guid.size() - 2);
  return guid;
}

FdiskPtr<fdisk_parttype> type_of_guid(const Editor& editor, const std::string& guid) {
  FdiskPtr<fdisk_parttype> type(fdisk_label_parse_parttype(editor.label(), bare(guid).c_str()));
  if (!type) base::throw_invalid("guid", "'" + guid + "' is not the GUID of a type");
  return type;
}

void set_type(const Editor& editor, const Slot& slot, const std::string& guid) {
  const auto type = type_of_guid(editor, guid);
  editor.check(fdisk_set_partition_type(editor.context(), slot.index(), type.get()), "type");
}

void set_gpt_bootable(const Editor& editor, const Slot& slot, bool bootable) {
  if (bootable) return set_type(editor, slot, std::string(kEfiSystem));
  if (base::lower(slot.type) == base::lower(kEfiSystem))
    set_type(editor, slot, std::string(kLinuxData));
  std::uint64_t attributes = 0;
  fdisk_context* context = editor.context();
  editor.check(fdisk_gpt_get_partition_attrs(context, slot.index(), &attributes), "attributes");
  editor.check(fdisk_gpt_set_partition_attrs(context, slot.index(), attributes & ~kLegacyBoot),
               "attributes");
}

void set_active(const Editor& editor, int number, bool bootable) {
  for (const Slot& slot : editor.slots()) {
    const bool wanted = slot.number == number ? bootable : slot.active && !bootable;
    if (slot.active == wanted) continue;
    editor.check(
        fdisk_toggle_partition_flag(editor.context(), slot.index(), DOS_FLAG_ACTIVE), "flag");
  }
}

// RFC 9562, version 4.
std::string random_guid() {
  std::array<std::uint8_t, 16> b{};
  base::check(::getrandom(b.data(), b.size(), 0), "random numbers");
  b[6] = static_cast<std::uint8_t>((b[6] & 0x0fU) | 0x40U);
  b[8] = static_cast<std::uint8_t>((b[8] & 0x3fU) | 0x80U);
  std::string text;
  for (std::size_t i = 0; i < b.size(); ++i)
    text += fmt::format("{}{:02X}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
  return text;
}

}  // namespace

void set_bootable(const EditTarget& target, int number, bool bootable) {
  Editor editor(target, Editor::Open::existing);
  const Slot slot = editor.slot(number);
  if (editor.is_gpt()) set_gpt_bootable(editor, slot, bootable);
  else if (editor.is_mbr()) set_active(editor, number, bootable);
  else base::throw_not_supported(target.name, "its table has no mark for bootable partitions");
  editor.write();
}

void set_mbr_type(const EditTarget& target, int number, int type) {
  if (type < 1 || type > 0xff) base::throw_invalid("idbyte", "must be 1 to 255");
  Editor editor(target, Editor::Open::existing);
  editor.need_mbr();
  const Slot slot = editor.slot(number);
  if (slot.container != is_extended_type(type))
    base::throw_invalid(target.name + " partition " + std::to_string(number),
                        "an extended partition stays one, and no other becomes one");
  const auto code = static_cast<unsigned>(type);
  FdiskPtr<fdisk_parttype> wanted(fdisk_label_get_parttype_from_code(editor.label(), code));
  if (!wanted) wanted.reset(fdisk_new_unknown_parttype(code, nullptr));
  editor.check(fdisk_set_partition_type(editor.context(), slot.index(), wanted.get()), "type");
  editor.write();
}

void set_gpt_type(const EditTarget& target, int number, const std::string& guid) {
  if (bare(guid) == kNoType) base::throw_invalid("guid", "stands for an entry that is not used");
  Editor editor(target, Editor::Open::existing);
  editor.need_gpt();
  set_type(editor, editor.slot(number), guid);
  editor.write();
}

void set_gpt_guid(const EditTarget& target, int number, const std::string& guid) {
  Editor editor(target, Editor::Open::existing);
  editor.need_gpt();
  const auto partition = new_partition();
  fdisk_partition_set_uuid(partition.get(), bare(guid).c_str());
  editor.check(fdisk_set_partition(editor.context(), editor.slot(number).index(), partition.get()),
               "guid");
  editor.write();
}

void set_gpt_attributes(const EditTarget& target, int number, std::uint64_t attributes) {
  Editor editor(target, Editor::Open::existing);
  editor.need_gpt();
  editor.check(
      fdisk_gpt_set_partition_attrs(editor.context(), editor.slot(number).index(), attributes),
      "attributes");
  editor.write();
}

void set_gpt_name(const EditTarget& target, int number, const std::string& name) {
  Editor editor(target, Editor::Open::existing);
  editor.need_gpt();
  const std::size_t index = editor.slot(number).index();
  const auto partition = new_partition();
  fdisk_partition_set_name(partition.get(), name.c_str());
  editor.check(fdisk_set_partition(editor.context(), index, partition.get()), "name");
  fdisk_partition* raw = nullptr;
  editor.check(fdisk_get_partition(editor.context(), index, &raw), "name");
  const FdiskPtr<fdisk_partition> changed(raw);
  const char* kept = fdisk_partition_get_name(raw);
  if (name != (kept != nullptr ? kept : ""))
    base::throw_invalid("name", "is longer than 36 UTF-16 units, or not UTF-8");
  editor.write();
}

void set_disk_guid(const EditTarget& target, const std::optional<std::string>& guid) {
  Editor editor(target, Editor::Open::existing);
  editor.need_gpt();
  const std::string wanted = guid ? bare(*guid) : random_guid();
  editor.check(fdisk_set_disklabel_id_from_string(editor.context(), wanted.c_str()), "guid");
  editor.write();
}

// libfdisk does it on reading; see docs/decisions.md.
void expand_gpt(const EditTarget& target) {
  Editor editor(target, Editor::Open::existing);
  editor.need_gpt();
  editor.write();
}

}  // namespace vmcraft::partition
