// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/windows/registry_edit.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace vmcraft::edit {
namespace {

using Kind = RegistryEdit::Kind;

// Flags of AddReg.
constexpr std::uint32_t kBytes = 0x1;
constexpr std::uint32_t kNoClobber = 0x2;
constexpr std::uint32_t kDeleteValue = 0x4;
constexpr std::uint32_t kAppend = 0x8;
constexpr std::uint32_t kKeyOnly = 0x10;
constexpr std::uint32_t kOverwriteOnly = 0x20;
constexpr std::uint32_t kTypeMask = 0xffff0001;

bool holds(const std::vector<std::string>& list, const std::string& text) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& one) { return base::lower(one) == base::lower(text); });
}

bool append(Registry& registry, const RegistryEdit& edit) {
  const auto old = registry.value(edit.key, edit.name);
  std::vector<std::string> list = old ? multi_sz_texts(old->data) : std::vector<std::string>();
  for (std::string& text : multi_sz_texts(edit.value.data))
    if (!holds(list, text)) list.push_back(std::move(text));
  return registry.set(edit.key, edit.name, multi_sz_value(list));
}

bool append_path(Registry& registry, const RegistryEdit& edit) {
  const auto old = registry.value(edit.key, edit.name);
  const std::string folder = show_registry_value(edit.value);
  const std::string text = old ? show_registry_value(*old) : "%SystemRoot%\\inf";
  if (holds(base::split(text, ';'), folder)) return false;
  return registry.set(edit.key, edit.name, sz_value(text + (text.empty() ? "" : ";") + folder, reg::kExpandSz));
}

bool remove_text(Registry& registry, const RegistryEdit& edit) {
  const auto old = registry.value(edit.key, edit.name);
  if (!old || old->type != reg::kMultiSz) return false;
  std::vector<std::string> list = multi_sz_texts(old->data);
  const std::string unwanted = base::lower(show_registry_value(edit.value));
  if (std::erase_if(list, [&](const std::string& one) { return base::lower(one) == unwanted; }) == 0) return false;
  if (list.empty()) return registry.remove_value(edit.key, edit.name);
  return registry.set(edit.key, edit.name, multi_sz_value(list));
}

// Bytes are fields of two hexadecimal digits each, numbers one field.
std::string bytes_of(const InfLine& line) {
  std::string text;
  for (std::size_t i = 4; i < line.values.size(); ++i) {
    const std::string& field = line.value(i);
    const std::string digits = base::lower(field).starts_with("0x") ? field.substr(2) : field;
    text += (digits.size() % 2 == 1 ? "0" : "") + digits + ",";
  }
  return parse_hex(text);
}

RegistryValue number_value(const InfLine& line) {
  const std::string& text = line.value(4);
  if (line.values.size() > 5) return {reg::kDword, bytes_of(line)};
  const auto negative = text.starts_with('-') ? base::parse_number<std::int32_t>(text) : std::nullopt;
  return dword_value(negative ? static_cast<std::uint32_t>(*negative) : inf_number(text));
}

RegistryValue value_of(const InfLine& line, std::uint32_t flags) {
  const std::uint32_t type = flags & kTypeMask;
  if (type == 0) return sz_value(line.value(4));
  if (type == 0x20000) return sz_value(line.value(4), reg::kExpandSz);
  if (type == 0x10001) return number_value(line);
  if (type == 0x10000) {
    std::vector<std::string> texts;
    for (std::size_t i = 4; i < line.values.size(); ++i)
      if (!line.value(i).empty()) texts.push_back(line.value(i));
    return multi_sz_value(texts);
  }
  const std::int64_t number = type == kBytes ? reg::kBinary : type == 0x20001 ? reg::kNone : type >> 16U;
  return {number, bytes_of(line)};
}

Kind kind_of(const InfLine& line, std::uint32_t flags) {
  if ((flags & kDeleteValue) != 0) return Kind::remove_value;
  if ((flags & kKeyOnly) != 0 || (line.value(2).empty() && line.values.size() < 5)) return Kind::make_key;
  if ((flags & kAppend) != 0) return Kind::append;
  if ((flags & kNoClobber) != 0) return Kind::set_new;
  return (flags & kOverwriteOnly) != 0 ? Kind::set_existing : Kind::set;
}

// The key of a line, and which hive it is in; false where it is in none of these.
bool place_of(const InfLine& line, const AddRegPlace& place, RegistryEdit& edit) {
  const std::string root = base::lower(line.value(0));
  Registry::Key key = key_parts(line.value(1));
  const auto begin = key.begin();
  if (root == "hkr") {
    edit.key = place.relative;
    edit.key.insert(edit.key.end(), key.begin(), key.end());
    return place.has_relative;
  }
  if (root == "hkcr") {
    key.insert(begin, "Classes");
    edit.hive = RegistryEdit::Hive::software;
  } else if (root == "hklm" && !key.empty() && base::lower(key[0]) == "software") {
    key.erase(begin);
    edit.hive = RegistryEdit::Hive::software;
  } else if (root == "hklm" && !key.empty() && base::lower(key[0]) == "system") {
    key.erase(begin);
  } else {
    return false;
  }
  edit.key = std::move(key);
  return !edit.key.empty();
}

}  // namespace

bool apply(Registry& registry, const RegistryEdit& edit) {
  switch (edit.kind) {
    case Kind::set: return registry.set(edit.key, edit.name, edit.value);
    case Kind::set_new:
      return !registry.value(edit.key, edit.name) && registry.set(edit.key, edit.name, edit.value);
    case Kind::set_existing:
      return registry.value(edit.key, edit.name) && registry.set(edit.key, edit.name, edit.value);
    case Kind::set_in_existing:
      return registry.has_key(edit.key) && registry.set(edit.key, edit.name, edit.value);
    case Kind::append: return append(registry, edit);
    case Kind::append_path: return append_path(registry, edit);
    case Kind::make_key: return registry.make_key(edit.key);
    case Kind::remove_value: return registry.remove_value(edit.key, edit.name);
    case Kind::remove_key: return registry.remove_key(edit.key);
    case Kind::remove_text: return remove_text(registry, edit);
  }
  return false;
}

std::string show(const RegistryEdit& edit) {
  const bool removes = edit.kind == Kind::remove_key || edit.kind == Kind::remove_value;
  const std::string key = fmt::format("{}{}\\{}", removes ? "-" : "",
                                      edit.hive == RegistryEdit::Hive::system ? "SYSTEM" : "SOFTWARE",
                                      fmt::join(edit.key, "\\"));
  if (edit.kind == Kind::make_key || edit.kind == Kind::remove_key) return key;
  const std::string value = key + "\\" + (edit.name.empty() ? "(default)" : edit.name);
  if (removes) return value;
  std::string text = show_registry_value(edit.value);
  std::replace(text.begin(), text.end(), '\n', ',');
  const bool adds = edit.kind == Kind::append || edit.kind == Kind::append_path;
  return fmt::format("{} {} {}:{}", value, adds ? "+=" : edit.kind == Kind::remove_text ? "-=" : "=",
                     registry_type_name(edit.value.type), text);
}

std::vector<RegistryEdit> addreg_edits(const Inf& inf, const std::string& section, const AddRegPlace& place) {
  std::vector<RegistryEdit> edits;
  for (const InfLine& line : inf.lines(section)) {
    RegistryEdit edit;
    if (!place_of(line, place, edit)) continue;
    const std::uint32_t flags = inf_number(line.value(3));
    edit.name = line.value(2);
    edit.kind = kind_of(line, flags);
    try {
      edit.value = value_of(line, flags);
    } catch (const Error& failure) {
      base::throw_invalid(fmt::format("[{}] {}", section, edit.name), failure.what());
    }
    edits.push_back(std::move(edit));
  }
  return edits;
}

}  // namespace vmcraft::edit
