// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs/label.h"

#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

namespace vmcraft::fs {
namespace {

enum class Form { rfc4122, fat, ntfs, udf, none };

struct Tools {
  std::string_view type;
  std::size_t label_limit_bytes;
  DeviceCommand label;  // LABEL stands for the label
  Form form = Form::none;
  DeviceCommand uuid;  // UUID stands for the UUID
};

const std::vector<Tools>& tools() {
  static const std::vector<Tools> list = [] {
    std::vector<Tools> rows = {
        {"btrfs",
         255,
         {{"btrfs", "filesystem", "label", "--"}, {"LABEL"}},
         Form::rfc4122,
         {{"btrfstune", "-f", "-U", "UUID"}, {}}},
        {"exfat", 33, {{"exfatlabel"}, {"LABEL"}}, Form::fat, {{"tune.exfat", "-I", "UUID"}, {}}},
        {"f2fs", 512, {{"f2fslabel", "--"}, {"LABEL"}}, Form::none, {}},
        {"jfs",
         16,
         {{"jfs_tune", "-L", "LABEL"}, {}},
         Form::rfc4122,
         {{"jfs_tune", "-U", "UUID"}, {}}},
        {"nilfs2",
         80,
         {{"nilfs-tune", "-L", "LABEL"}, {}},
         Form::rfc4122,
         {{"nilfs-tune", "-U", "UUID"}, {}}},
        {"ntfs",
         128,
         {{"ntfslabel"}, {"LABEL"}},
         Form::ntfs,
         {{"ntfslabel", "--new-serial=UUID"}, {}}},
        {"reiserfs",
         16,
         {{"reiserfstune", "-f", "-l", "LABEL"}, {}},
         Form::rfc4122,
         {{"reiserfstune", "-f", "-u", "UUID"}, {}}},
        {"swap",
         15,
         {{"swaplabel", "-L", "LABEL"}, {}},
         Form::rfc4122,
         {{"swaplabel", "-U", "UUID"}, {}}},
        {"udf",
         126,
         {{"udflabel", "--utf8", "--"}, {"LABEL"}},
         Form::udf,
         {{"udflabel", "--uuid=UUID"}, {}}},
        {"vfat",
         11,
         {{"fatlabel", "--"}, {"LABEL"}},
         Form::fat,
         {{"fatlabel", "-i", "--"}, {"UUID"}}},
        {"xfs",
         12,
         {{"xfs_admin", "-L", "LABEL"}, {}},
         Form::rfc4122,
         {{"xfs_admin", "-U", "UUID"}, {}}}};
    for (const char* type : {"ext2", "ext3", "ext4", "jbd"})
      rows.push_back({type,
                      16,
                      {{"tune2fs", "-L", "LABEL"}, {}},
                      Form::rfc4122,
                      {{"tune2fs", "-f", "-U", "UUID"}, {}}});
    return rows;
  }();
  return list;
}

const Tools& tools_of(const std::string& object, const std::string& type, const char* what) {
  for (const Tools& row : tools())
    if (row.type == type) return row;
  base::throw_not_supported(object, type.empty()
                                        ? "holds no file system that is known"
                                        : fmt::format("the {} of {} cannot be set", what, type));
}

DeviceCommand filled(DeviceCommand command, const std::string& word, const std::string& value) {
  for (auto* words : {&command.before, &command.after})
    for (std::string& text : *words)
      if (const std::size_t at = text.find(word); at != std::string::npos)
        text.replace(at, word.size(), value);
  return command;
}

bool is_hex(std::string_view text, std::size_t length) {
  return text.size() == length && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isxdigit(c) != 0;
         });
}

bool is_rfc4122(const std::string& uuid) {
  const std::vector<std::string> parts = base::split(uuid, '-');
  constexpr std::array<std::size_t, 5> kLengths = {8, 4, 4, 4, 12};
  if (parts.size() != kLengths.size()) return false;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (!is_hex(parts[i], kLengths[i])) return false;
  return true;
}

// The UUID as the type's program takes it.
std::string checked(const std::string& uuid, const std::string& type, Form form) {
  std::string digits = uuid;
  std::erase(digits, '-');
  switch (form) {
    case Form::rfc4122:
      if (is_rfc4122(uuid)) return base::lower(uuid);
      base::throw_invalid("uuid", "'" + uuid + "' is not of the form " + random_uuid(type));
    case Form::fat:
      if (is_hex(digits, 8)) return type == "exfat" ? "0x" + digits : digits;
      base::throw_invalid("uuid",
                          "'" + uuid + "' is not of the form 1234-ABCD, as " + type + " has");
    case Form::ntfs:
    case Form::udf:
      if (is_hex(uuid, 16)) return base::lower(uuid);
      base::throw_invalid("uuid", "'" + uuid + "' is not 16 hex digits, as " + type + " has");
    case Form::none:
      break;
  }
  base::throw_not_supported(type, "the UUID of " + type + " cannot be set");
}

}  // namespace

DeviceCommand label_command(const std::string& object, const std::string& type,
                            const std::string& label) {
  const Tools& row = tools_of(object, type, "label");
  if (label.size() > row.label_limit_bytes)
    base::throw_invalid("label", fmt::format("is {} bytes long, and {} has room for {}",
                                             label.size(), type, row.label_limit_bytes));
  const bool as_word = !row.label.after.empty() && row.label.before.back() != "--";
  if (as_word && label.starts_with('-'))
    base::throw_invalid(
        "label", "begins with a hyphen, which " + row.label.before[0] + " takes for an option");
  // Some programs take an empty word as a wish to see the label.
  if (label.empty() && type == "vfat") return {{"fatlabel", "-r"}, {}};
  return filled(row.label, "LABEL", label.empty() && type == "xfs" ? "--" : label);
}

DeviceCommand uuid_command(const std::string& object, const std::string& type,
                           const std::string& uuid) {
  const Tools& row = tools_of(object, type, "UUID");
  return filled(row.uuid, "UUID", checked(uuid, type, row.form));
}

std::string random_uuid(const std::string& type) {
  std::string uuid(base::trim(base::read_text_file("/proc/sys/kernel/random/uuid")));
  const auto row = std::find_if(tools().begin(), tools().end(),
                                [&](const Tools& tool) { return tool.type == type; });
  if (row == tools().end() || row->form == Form::rfc4122) return uuid;
  std::erase(uuid, '-');
  return uuid.substr(0, row->form == Form::fat ? 8 : 16);
}

void set_mounted_label(int directory, const std::string& object, const std::string& label) {
  std::array<char, FSLABEL_MAX> text{};
  if (label.size() >= text.size())
    base::throw_invalid("label", fmt::format("is {} bytes long, and no file system has room for "
                                             "more than {}",
                                             label.size(), text.size() - 1));
  std::memcpy(text.data(), label.data(), label.size());
  base::check(::ioctl(directory, FS_IOC_SETFSLABEL, text.data()), object);
}

}  // namespace vmcraft::fs
