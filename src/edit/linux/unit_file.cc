// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/linux/unit_file.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"

namespace vmcraft::edit {
namespace {

constexpr std::size_t kLongestName = 255;
constexpr std::array kSuffixes = {".service", ".socket", ".target", ".timer",  ".path", ".mount",
                                  ".automount", ".swap", ".slice", ".scope", ".device"};

// Lines with their continuations, without comments.
std::vector<std::string> logical_lines(std::string_view text) {
  std::vector<std::string> lines;
  bool continued = false;
  for (const std::string& raw : base::split_lines(text)) {
    std::string line(base::trim(raw));
    if (line.starts_with('#') || line.starts_with(';')) continue;  // between continued lines as well
    const bool more = line.ends_with('\\');
    if (more) line.back() = ' ';
    if (continued) lines.back() += line;
    else lines.push_back(line);
    continued = more;
  }
  return lines;
}

void assign(std::vector<std::string>& list, const std::string& value) {
  if (value.empty()) list.clear();
  for (std::string& word : base::split_blanks(value)) list.push_back(std::move(word));
}

void take(UnitInstall& install, const std::string& key, const std::string& value) {
  if (key == "WantedBy") assign(install.wanted_by, value);
  else if (key == "RequiredBy") assign(install.required_by, value);
  else if (key == "UpheldBy") assign(install.upheld_by, value);
  else if (key == "Alias") assign(install.aliases, value);
  else if (key == "Also") assign(install.also, value);
  else if (key == "DefaultInstance") install.default_instance = value;
}

struct Parts {
  std::string prefix;
  std::string instance;
  std::string suffix;
};

Parts parts_of(const std::string& name) {
  const std::size_t dot = std::min(name.rfind('.'), name.size());
  const std::size_t at = name.find('@');
  if (at == std::string::npos || at > dot) return {name.substr(0, dot), "", name.substr(dot)};
  return {name.substr(0, at), name.substr(at + 1, dot - at - 1), name.substr(dot)};
}

}  // namespace

void parse_unit_install(std::string_view text, UnitInstall& install) {
  bool inside = false;
  for (const std::string& line : logical_lines(text)) {
    if (line.starts_with('[')) inside = line == "[Install]";
    const std::size_t sign = line.find('=');
    if (!inside || sign == std::string::npos) continue;
    take(install, std::string(base::trim(line.substr(0, sign))), std::string(base::trim(line.substr(sign + 1))));
  }
}

std::string unit_name(const std::string& name) {
  constexpr std::string_view kKnown = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";
  const bool full = std::any_of(kSuffixes.begin(), kSuffixes.end(), [&](const char* suffix) { return name.ends_with(suffix); });
  std::string result = full ? name : name + ".service";
  if (result.size() > kLongestName || result.front() == '.' || result.front() == '@' ||
      result.find_first_not_of(kKnown) != std::string::npos)
    base::throw_invalid(name, "is not a name of a service");
  return result;
}

std::string template_of(const std::string& name) {
  const Parts parts = parts_of(name);
  return parts.instance.empty() ? "" : parts.prefix + "@" + parts.suffix;
}

bool is_template(const std::string& name) {
  const std::size_t at = name.find('@');
  return at != std::string::npos && at + 1 == name.rfind('.');
}

std::string instance_of(const std::string& name, const std::string& instance) {
  const Parts parts = parts_of(name);
  return parts.prefix + "@" + instance + parts.suffix;
}

std::string expand_specifiers(const std::string& text, const std::string& unit) {
  const Parts parts = parts_of(unit);
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'n': result += unit; break;
      case 'N': result += unit.substr(0, unit.rfind('.')); break;
      case 'p': result += parts.prefix; break;
      case 'i': result += parts.instance; break;
      case 'j': result += parts.prefix.substr(parts.prefix.rfind('-') + 1); break;
      case '%': result += '%'; break;
      default: result.append(1, '%').append(1, text[i]);
    }
  }
  return result;
}

}  // namespace vmcraft::edit
