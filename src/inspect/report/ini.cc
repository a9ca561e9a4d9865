// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/report/ini.h"

#include "base/text.h"

namespace vmcraft::inspect::report {

std::string IniSection::value(std::string_view key) const {
  std::string found;
  for (const auto& [known, text] : values)
    if (known == key) found = text;
  return found;
}

std::vector<std::string> IniSection::all(std::string_view key) const {
  std::vector<std::string> found;
  for (const auto& [known, text] : values)
    if (known == key) found.push_back(text);
  return found;
}

std::vector<IniSection> parse_ini(std::string_view text) {
  std::vector<IniSection> sections;
  std::string joined;
  for (const std::string& raw : base::split_lines(text)) {
    const std::string_view trimmed = base::trim(raw);
    if (joined.empty() && (trimmed.empty() || trimmed.front() == '#' || trimmed.front() == ';')) continue;
    if (trimmed.ends_with('\\')) {
      joined.append(trimmed.substr(0, trimmed.size() - 1)).append(1, ' ');
      continue;
    }
    joined.append(trimmed);
    const std::string line = std::move(joined);
    joined.clear();
    const std::size_t sign = line.find('=');
    if (line.front() == '[' && line.back() == ']') sections.push_back({line.substr(1, line.size() - 2), {}});
    else if (sign != std::string::npos && !sections.empty())
      sections.back().values.emplace_back(base::trim(std::string_view(line).substr(0, sign)),
                                          base::trim(std::string_view(line).substr(sign + 1)));
  }
  return sections;
}

const IniSection& section(const std::vector<IniSection>& all, std::string_view name) {
  static const IniSection kEmpty;
  for (const IniSection& candidate : all)
    if (candidate.name == name) return candidate;
  return kEmpty;
}

}  // namespace vmcraft::inspect::report
