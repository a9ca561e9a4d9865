// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/inspect_render.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace vmcraft::shell {
namespace {

std::string dumped(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

// A word that YAML could take for something else than a string stands in quotes.
bool is_plain(const std::string& text) {
  constexpr std::array kWords = std::to_array<std::string_view>(
      {"true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"});
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (text.empty() || std::find(kWords.begin(), kWords.end(), lower) != kWords.end()) return false;
  if (std::isalpha(static_cast<unsigned char>(text[0])) == 0 && text[0] != '/') return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '/' || c == '.' || c == '_' || c == '-' || c == '+';
  });
}

std::string yaml_scalar(const Json& value) {
  if (value.is_string() && is_plain(value.get_ref<const std::string&>())) return value.get<std::string>();
  return dumped(value, -1);
}

void add_yaml(const Json& value, std::size_t depth, std::string& text);

void add_member(const Json& value, std::size_t depth, std::string& text) {
  const bool nested = value.is_structured() && !value.empty();
  if (!nested) text += " " + yaml_scalar(value) + "\n";
  else {
    text += '\n';
    add_yaml(value, depth, text);
  }
}

// The first member of a mapping in a list stands behind the dash.
void add_yaml(const Json& value, std::size_t depth, std::string& text) {
  const std::string indent(depth * 2, ' ');
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      text += indent + yaml_scalar(key) + ":";
      add_member(member, depth + 1, text);
    }
  } else {
    for (const Json& item : value) {
      if (!item.is_structured() || item.empty()) {
        text += indent + "- " + yaml_scalar(item) + "\n";
        continue;
      }
      const std::size_t start = text.size();
      add_yaml(item, depth + 1, text);
      text[start + indent.size()] = '-';
    }
  }
}

std::string cell(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) {
    std::string text;
    for (const Json& item : value) text += (text.empty() ? "" : ", ") + cell(item);
    return text;
  }
  if (value.is_object()) {
    std::string text;
    for (const auto& [key, item] : value.items()) text += (text.empty() ? "" : " ") + key + "=" + cell(item);
    return text;
  }
  return dumped(value, -1);
}

// What a guest wrote shall not move the cursor of who reads it.
std::string one_line(std::string text) {
  constexpr std::size_t kWidest = 60;
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  if (text.size() <= kWidest) return text;
  std::size_t end = kWidest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) --end;
  return text.substr(0, end) + "...";
}

// Long texts, and what only programs want.
bool is_column(const std::string& key) {
  return key != "summary" && key != "description" && key != "url" && key != "publisher" && key != "license";
}

std::vector<std::string> columns_of(const Json& list) {
  std::vector<std::string> columns;
  for (const Json& row : list)
    for (const auto& [key, value] : row.items())
      if (is_column(key) && std::find(columns.begin(), columns.end(), key) == columns.end()) columns.push_back(key);
  return columns;
}

void add_rows(const Json& list, std::string& text) {
  const std::vector<std::string> columns = columns_of(list);
  std::vector<std::vector<std::string>> rows = {columns};
  for (const Json& row : list) {
    rows.emplace_back();
    for (const std::string& key : columns)
      rows.back().push_back(row.contains(key) ? one_line(cell(row[key])) : std::string("-"));
  }
  std::vector<std::size_t> widths(columns.size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  for (const auto& row : rows) {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format(" {:<{}}", row[i], widths[i]);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
}

bool is_rows(const Json& value) {
  return value.is_array() && !value.empty() &&
         std::all_of(value.begin(), value.end(), [](const Json& row) { return row.is_object(); });
}

void add_section(const std::string& name, const Json& section, std::string& text) {
  if (is_rows(section)) {
    text += fmt::format("\n{} ({})\n", name, section.size());
    return add_rows(section, text);
  }
  if (!section.is_object()) {
    if (!section.empty()) text += fmt::format("\n{}: {}\n", name, cell(section));
    return;
  }
  text += "\n" + name + "\n";
  for (const auto& [key, value] : section.items()) {
    if (!is_rows(value)) {
      text += fmt::format("  {:<20} {}\n", key, one_line(cell(value)));
      continue;
    }
    text += fmt::format("  {} ({})\n", key, value.size());
    add_rows(value, text);
  }
}

}  // namespace

std::string inspect_json(const Json& reports) { return dumped({{"systems", reports}}, 1) + "\n"; }

std::string inspect_yaml(const Json& reports) {
  std::string text;
  add_yaml({{"systems", reports}}, 0, text);
  return text;
}

std::string inspect_table(const Json& reports) {
  std::string text;
  for (const Json& report : reports) {
    if (!text.empty()) text += '\n';
    text += "root: " + report.value("root", "") + "\n";
    for (const auto& [name, section] : report.items())
      if (name != "root" && name != "icon") add_section(name, section, text);
  }
  return text;
}

}  // namespace vmcraft::shell
