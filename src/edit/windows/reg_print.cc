// SPDX-License-Identifier: LGPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "edit/windows/reg_file.h"
#include "edit/windows/utf16.h"

namespace vmcraft::edit {
namespace {

constexpr std::size_t kWidth = 77;  // with the comma, before the backslash
constexpr int kDeepest = 512;       // Windows' own limit
constexpr const char* kNewLine = "\r\n";

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

// As a string only where reading it gives the same bytes.
bool is_plain(const RegistryValue& value) {
  const std::string& data = value.data;
  if (value.type != reg::kSz || data.size() < 2 || data.size() % 2 != 0) return false;
  const std::string text = from_utf16(data);
  const bool control = std::any_of(text.begin(), text.end() - 1,
                                   [](char c) { return static_cast<unsigned char>(c) < ' '; });
  return !control && text.back() == '\0';
}

std::string hexadecimal(std::string line, const RegistryValue& value) {
  line += value.type == reg::kBinary ? "hex:" : fmt::format("hex({:x}):", value.type);
  std::string text;
  for (std::size_t i = 0; i < value.data.size(); ++i) {
    if (line.size() + 3 > kWidth) {
      text.append(line).append("\\").append(kNewLine);
      line = "  ";
    }
    line += fmt::format("{:02x}", static_cast<unsigned char>(value.data[i]));
    if (i + 1 < value.data.size()) line += ',';
  }
  return text + line;
}

std::string entry_text(const std::string& name, const RegistryValue& value) {
  const std::string left = (name.empty() ? "@" : quoted(name)) + "=";
  if (is_plain(value)) return left + quoted(from_utf16(value.data.substr(0, value.data.size() - 2)));
  if (value.type == reg::kDword && value.data.size() == 4)
    return fmt::format("{}dword:{:0>8}", left, fmt::format("{:x}", std::stoul(show_registry_value(value))));
  return hexadecimal(left, value);
}

void print_key(const Registry& registry, const Registry::Key& key, int depth, std::string& out) {
  if (depth > kDeepest) base::throw_corrupt(fmt::format("{}", fmt::join(key, "\\")), "deeper than 512 keys");
  std::string text = "[" + registry.file().prefix;
  for (const std::string& part : key) text += "\\" + part;
  text.append("]").append(kNewLine);
  auto values = registry.values(key);
  std::stable_partition(values.begin(), values.end(), [](const auto& value) { return value.first.empty(); });
  for (const auto& [name, value] : values) text.append(entry_text(name, value)).append(kNewLine);
  out += to_utf16(text.append(kNewLine));
  for (const std::string& child : registry.subkeys(key)) {
    Registry::Key below = key;
    below.push_back(child);
    print_key(registry, below, depth + 1, out);
  }
}

}  // namespace

std::string export_reg_file(const Registry& registry, const Registry::Key& key) {
  std::string out = "\xff\xfe" + to_utf16(std::string("Windows Registry Editor Version 5.00") + kNewLine + kNewLine);
  print_key(registry, key, 0, out);
  return out;
}

}  // namespace vmcraft::edit
