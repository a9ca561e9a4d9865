// SPDX-License-Identifier: LGPL-3.0-or-later
#include "partition/sfdisk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/error.h"
#include "base/text.h"

namespace vmcraft::partition {
namespace {

struct FileDeleter {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

bool is_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "1,10,L" as "1MiB,10MiB,L". Fields that are named, or have a unit, say what they are.
std::string in_mebibytes(const std::string& line) {
  std::string result;
  std::size_t field = 0;
  for (const std::string& text : base::split(line, ',')) {
    const std::string_view bare = base::trim(text);
    result += field == 0 ? "" : ",";
    result += bare;
    if (field < 2 && is_number(bare)) result += "MiB";
    ++field;
  }
  return result;
}

// Lines may name types of partitions, and what they mean depends on the label.
FdiskPtr<fdisk_script> read_script(const Editor& editor, const char* label, const std::string& name,
                                   std::string text) {
  FdiskPtr<fdisk_script> script(fdisk_new_script(editor.context()));
  if (!script) base::throw_errno(name, ENOMEM);
  fdisk_script_set_header(script.get(), "label", label);
  const std::unique_ptr<std::FILE, FileDeleter> file(::fmemopen(text.data(), text.size(), "r"));
  if (!file) base::throw_errno(name);
  const int result = fdisk_script_read_file(script.get(), file.get());
  if (result != 0)
    base::throw_invalid(name, fmt::format("line {} is not what sfdisk understands",
                                          fdisk_script_get_nlines(script.get())));
  return script;
}

std::string joined(const std::vector<std::string>& lines, LineUnit unit) {
  std::string text;
  for (const std::string& line : lines)
    text += (unit == LineUnit::mebibytes ? in_mebibytes(line) : line) + "\n";
  if (text.empty()) base::throw_invalid("lines", "there are none");
  return text;
}

const char* label_before(const EditTarget& target) {
  const Editor before(target, Editor::Open::look);
  return before.is_gpt() ? "gpt" : "dos";
}

void keep_what_is_empty(fdisk_partition* partition) {
  if (fdisk_partition_start_is_default(partition)) {
    fdisk_partition_start_follow_default(partition, 0);
    fdisk_partition_unset_start(partition);
  }
  if (fdisk_partition_end_is_default(partition) && !fdisk_partition_has_size(partition))
    fdisk_partition_end_follow_default(partition, 0);
}

std::string cell(fdisk_partition* partition, fdisk_context* context, int field) {
  char* raw = nullptr;
  if (fdisk_partition_to_string(partition, context, field, &raw) != 0 || raw == nullptr) return "";
  const std::unique_ptr<char, decltype(&std::free)> text(raw, &std::free);
  return raw;
}

using Row = std::vector<std::string>;

Row field_names(const Editor& editor, const std::vector<int>& fields) {
  Row row;
  for (const int id : fields)
    row.emplace_back(fdisk_field_get_name(fdisk_label_get_field(editor.label(), id)));
  return row;
}

std::vector<Row> partition_rows(const Editor& editor, const std::vector<int>& fields) {
  std::vector<Row> rows;
  for (const Slot& slot : editor.slots()) {
    fdisk_partition* raw = nullptr;
    editor.check(fdisk_get_partition(editor.context(), slot.index(), &raw), "partition");
    const FdiskPtr<fdisk_partition> partition(raw);
    Row row;
    for (const int id : fields) row.push_back(cell(raw, editor.context(), id));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string aligned(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::size_t width = 0;
      for (const Row& other : rows) width = std::max(width, other[i].size());
      line += fmt::format("{:<{}}  ", row[i], width);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string partitions_text(const Editor& editor) {
  int* raw = nullptr;
  std::size_t count = 0;
  editor.check(fdisk_label_get_fields_ids(nullptr, editor.context(), &raw, &count), "fields");
  const std::unique_ptr<int, decltype(&std::free)> owner(raw, &std::free);
  const std::vector<int> fields(raw, raw + count);
  std::vector<Row> rows = partition_rows(editor, fields);
  rows.insert(rows.begin(), field_names(editor, fields));
  return "table: " + std::string(fdisk_label_get_name(editor.label())) + "\n\n" + aligned(rows);
}

}  // namespace

void apply_lines(const EditTarget& target, const Geometry& geometry,
                 const std::vector<std::string>& lines, LineUnit unit) {
  const char* label = label_before(target);
  Editor editor(target, Editor::Open::replace, geometry);
  const auto script = read_script(editor, label, "lines", joined(lines, unit));
  fdisk_enable_wipe(editor.context(), 1);
  editor.check(fdisk_apply_script(editor.context(), script.get()), "lines");
  editor.write();
}

void apply_line(const EditTarget& target, int number, const Geometry& geometry,
                const std::string& line) {
  if (number < 1) base::throw_invalid("partnum", "must be above 0");
  Editor editor(target, Editor::Open::existing, geometry);
  const char* label = fdisk_label_get_name(editor.label());
  const auto script = read_script(editor, label, "line", line + "\n");
  fdisk_partition* wanted =
      fdisk_table_get_partition(fdisk_script_get_table(script.get()), 0);
  if (wanted == nullptr) base::throw_invalid("line", "describes no partition");
  const auto index = static_cast<std::size_t>(number) - 1;
  fdisk_partition_partno_follow_default(wanted, 0);
  fdisk_partition_set_partno(wanted, index);
  const bool used = fdisk_is_partition_used(editor.context(), index) != 0;
  if (used) keep_what_is_empty(wanted);
  fdisk_set_script(editor.context(), script.get());
  const int result = used ? fdisk_set_partition(editor.context(), index, wanted)
                          : fdisk_add_partition(editor.context(), wanted, nullptr);
  fdisk_set_script(editor.context(), nullptr);  // each holds the other
  editor.check(result, "partition " + std::to_string(number));
  editor.write();
}

std::string describe(const EditTarget& target) {
  const Editor editor(target, Editor::Open::look);
  const std::string head =
      fmt::format("drive: {}\nsize: {} sectors of {} bytes\n", target.name, editor.sectors(),
                  target.sector_size_bytes);
  return editor.has_label() ? head + partitions_text(editor) : head;
}

std::string describe_geometry(const EditTarget& target) {
  const Editor editor(target, Editor::Open::look);
  fdisk_context* context = editor.context();
  return fmt::format("{}: {} cylinders, {} heads, {} sectors/track\n", target.name,
                     fdisk_get_geom_cylinders(context), fdisk_get_geom_heads(context),
                     fdisk_get_geom_sectors(context));
}

}  // namespace vmcraft::partition
