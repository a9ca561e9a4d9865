// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/print.h"

#include <fmt/format.h>

namespace vmcraft::shell {
namespace {

struct PlainField {
  std::string operator()(char v) const { return std::string(1, v); }
  std::string operator()(const std::string& v) const { return v; }
  std::string operator()(std::int64_t v) const { return std::to_string(v); }
  std::string operator()(std::uint64_t v) const { return std::to_string(v); }
  std::string operator()(const Percent& v) const {
    return v.value ? fmt::format("{:g} %", *v.value) : std::string();
  }
  std::string operator()(const Buffer& v) const {
    std::string text;
    for (const char c : v.bytes) {
      if (c >= 0x20 && c < 0x7f) text += c;
      else text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    return text;
  }
};

std::string record_text(const Record& record, std::string_view indent) {
  std::string text;
  for (const Field& field : record)
    text += fmt::format("{}{}: {}\n", indent, field.name, std::visit(PlainField{}, field.value));
  return text;
}

struct PlainValue {
  Format format;

  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(std::int64_t v) const {
    if (v == 0 || format == Format::kPlain) return std::to_string(v) + "\n";
    return format == Format::kOctal ? fmt::format("0{:o}\n", v) : fmt::format("0x{:x}\n", v);
  }
  std::string operator()(bool v) const { return v ? "true\n" : "false\n"; }
  std::string operator()(const std::string& v) const { return v + "\n"; }
  std::string operator()(const std::optional<std::string>& v) const {
    return v.value_or("(null)") + "\n";
  }
  std::string operator()(const std::vector<std::string>& v) const {
    std::string text;
    for (const std::string& line : v) text.append(line).append(1, '\n');
    return text;
  }
  std::string operator()(const HashTable& v) const {
    std::string text;
    for (const auto& [key, value] : v) text.append(key).append(": ").append(value).append(1, '\n');
    return text;
  }
  std::string operator()(const Buffer& v) const { return v.bytes; }
  std::string operator()(const Record& v) const { return record_text(v, ""); }
  std::string operator()(const Records& v) const {
    std::string text;
    for (std::size_t i = 0; i < v.size(); ++i)
      text += fmt::format("[{}] = {{\n{}}}\n", i, record_text(v[i], "  "));
    return text;
  }
};

}  // namespace

std::string plain_text(const Value& value, Format format) {
  return std::visit(PlainValue{format}, value);
}

}  // namespace vmcraft::shell
