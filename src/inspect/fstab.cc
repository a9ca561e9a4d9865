// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/fstab.h"

#include "base/text.h"

namespace vmcraft::inspect {
namespace {

// fstab(5) writes blanks and backslashes inside a field as \040 and the like.
std::string unescaped(std::string_view field) {
  std::string result;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const auto code = field[i] == '\\' && i + 3 < field.size()
                          ? base::parse_number<unsigned>(field.substr(i + 1, 3), 8)
                          : std::nullopt;
    if (code && *code < 256 && *code != 0) {
      result += static_cast<char>(*code);
      i += 3;
    } else {
      result += field[i];
    }
  }
  return result;
}

}  // namespace

std::string FstabEntry::subvolume() const {
  for (const std::string& option : base::split(options, ',')) {
    if (!option.starts_with("subvol=")) continue;
    const std::string name = option.substr(7);
    return name.starts_with('/') ? name.substr(1) : name;
  }
  return {};
}

std::vector<FstabEntry> parse_fstab(std::string_view text) {
  std::vector<FstabEntry> entries;
  for (const std::string& line : base::split_lines(text)) {
    const std::vector<std::string> fields = base::split_blanks(line);
    if (fields.size() < 3 || fields[0].starts_with('#')) continue;
    FstabEntry entry;
    entry.device = unescaped(fields[0]);
    entry.mountpoint = unescaped(fields[1]);
    entry.type = fields[2];
    if (fields.size() > 3) entry.options = fields[3];
    while (entry.mountpoint.size() > 1 && entry.mountpoint.ends_with('/'))
      entry.mountpoint.pop_back();
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace vmcraft::inspect
