// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/windows/inf.h"

#include "base/error.h"
#include "base/text.h"
#include "edit/windows/utf16.h"

namespace vmcraft::edit {
namespace {

constexpr std::size_t kLargest = 16U << 20U;
const std::string kNothing;

using Sections = std::map<std::string, std::vector<InfLine>>;
using Strings = std::map<std::string, std::string>;

/// Cuts one line into a key and values.
class LineParser {
 public:
  explicit LineParser(std::string_view line) : line_(line) {}

  InfLine parse() {
    InfLine result;
    std::string field = next_field(true);
    if (at_ < line_.size() && line_[at_] == '=') {
      result.key = std::move(field);
      ++at_;
      field = next_field(false);
    }
    result.values.push_back(std::move(field));
    while (at_ < line_.size()) {
      ++at_;
      result.values.push_back(next_field(false));
    }
    return result;
  }

 private:
  // Up to a comma, or to the equals sign behind a key. Blanks around it go, unless they are quoted.
  std::string next_field(bool may_be_key) {
    std::string field;
    std::size_t keep = 0;
    while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
    for (; at_ < line_.size() && line_[at_] != ',' && !(may_be_key && line_[at_] == '='); ++at_) {
      if (line_[at_] == '"') {
        take_quoted(field);
        keep = field.size();
      } else {
        field += line_[at_];
        if (!is_blank(line_[at_])) keep = field.size();
      }
    }
    field.resize(keep);
    return field;
  }

  // Stops at the closing quote; "" inside is one quote.
  void take_quoted(std::string& field) {
    for (++at_; at_ < line_.size(); ++at_) {
      if (line_[at_] != '"') {
        field += line_[at_];
      } else if (at_ + 1 < line_.size() && line_[at_ + 1] == '"') {
        field += line_[++at_];
      } else {
        return;
      }
    }
    --at_;
  }

  static bool is_blank(char c) { return c == ' ' || c == '\t'; }

  std::string_view line_;
  std::size_t at_ = 0;
};

std::string_view without_comment(std::string_view line) {
  bool quoted = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '"') quoted = !quoted;
    if (line[at] == ';' && !quoted) return line.substr(0, at);
  }
  return line;
}

// Lines that end with a backslash go on in the next one.
std::vector<std::string> logical_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::string line;
  for (const std::string& raw : base::split_lines(text)) {
    const std::string_view part = base::trim(without_comment(raw));
    if (part.ends_with('\\')) {
      line += part.substr(0, part.size() - 1);
      continue;
    }
    line += part;
    if (!line.empty()) lines.push_back(std::move(line));
    line.clear();
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

Sections read_sections(const std::string& text) {
  Sections sections;
  std::vector<InfLine>* current = nullptr;
  for (const std::string& line : logical_lines(text)) {
    if (line.front() == '[') {
      const std::size_t end = line.find(']');
      if (end != std::string::npos) current = &sections[base::lower(base::trim(line.substr(1, end - 1)))];
    } else if (current != nullptr) {
      current->push_back(LineParser(line).parse());
    }
  }
  return sections;
}

// English where strings are in several languages only.
Strings read_strings(const Sections& sections) {
  Strings strings;
  for (const char* name : {"strings", "strings.0409", "strings.0009"}) {
    const auto found = sections.find(name);
    if (found == sections.end()) continue;
    for (const InfLine& line : found->second)
      if (!line.key.empty()) strings.emplace(base::lower(line.key), line.value(0));
  }
  return strings;
}

/// Replaces %names%, and keeps the whole within bounds.
class Expander {
 public:
  explicit Expander(Strings strings) : strings_(std::move(strings)) {}

  void expand(std::string& text) {
    if (text.find('%') != std::string::npos) text = expanded(text);
    total_ += text.size();
    if (total_ > kLargest) base::throw_corrupt("inf", "strings make it larger than 16 MiB");
  }

 private:
  std::string expanded(const std::string& text) const {
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
      const std::size_t end = text[at] == '%' ? text.find('%', at + 1) : std::string::npos;
      if (end == std::string::npos) {
        result += text[at];
        continue;
      }
      const std::string name = text.substr(at + 1, end - at - 1);
      const auto found = strings_.find(base::lower(name));
      if (name.empty()) result += '%';
      else if (found != strings_.end()) result += found->second;
      else result.append("%").append(name).append("%");
      at = end;
      if (result.size() > kLargest) base::throw_corrupt("inf", "strings make it larger than 16 MiB");
    }
    return result;
  }

  Strings strings_;
  std::size_t total_ = 0;
};

}  // namespace

const std::string& InfLine::value(std::size_t index) const {
  return index < values.size() ? values[index] : kNothing;
}

Inf::Inf(std::string_view bytes) : sections_(read_sections(decode_text(bytes))) {
  Expander expander(read_strings(sections_));
  for (auto& [name, lines] : sections_) {
    if (name.starts_with("strings")) continue;
    for (InfLine& line : lines) {
      expander.expand(line.key);
      for (std::string& value : line.values) expander.expand(value);
    }
  }
}

const std::vector<InfLine>* Inf::find(const std::string& section) const {
  const auto found = sections_.find(base::lower(section));
  return found == sections_.end() ? nullptr : &found->second;
}

const std::vector<InfLine>& Inf::lines(const std::string& section) const {
  static const std::vector<InfLine> none;
  const std::vector<InfLine>* found = find(section);
  return found != nullptr ? *found : none;
}

std::optional<std::string> Inf::text(const std::string& section, const std::string& key) const {
  const std::string wanted = base::lower(key);
  for (const InfLine& line : lines(section))
    if (base::lower(line.key) == wanted) return line.value(0);
  return std::nullopt;
}

std::vector<std::string> Inf::all(const std::string& section, const std::string& key) const {
  const std::string wanted = base::lower(key);
  std::vector<std::string> values;
  for (const InfLine& line : lines(section)) {
    if (base::lower(line.key) != wanted) continue;
    for (const std::string& value : line.values)
      if (!value.empty()) values.push_back(value);
  }
  return values;
}

std::uint32_t inf_number(std::string_view text) {
  text = base::trim(text);
  if (text.starts_with("0x") || text.starts_with("0X"))
    return base::parse_number<std::uint32_t>(text.substr(2), 16).value_or(0);
  return base::parse_number<std::uint32_t>(text).value_or(0);
}

}  // namespace vmcraft::edit
