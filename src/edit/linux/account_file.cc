// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/linux/account_file.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace vmcraft::edit {
namespace {

constexpr std::size_t kLongestName = 32;

bool is_nis(std::string_view line) { return line.starts_with('+') || line.starts_with('-'); }

bool names(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':';
}

std::vector<std::string> fields_of(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return base::split(line, ':');
}

}  // namespace

AccountFile::AccountFile(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines_.emplace_back(text.substr(0, end));
    ends_with_newline_ = end != std::string_view::npos;
    text.remove_prefix(ends_with_newline_ ? end + 1 : text.size());
  }
}

std::size_t AccountFile::index_of(std::string_view name) const {
  const auto found = std::find_if(lines_.begin(), lines_.end(), [&](const auto& line) { return names(line, name); });
  return static_cast<std::size_t>(found - lines_.begin());
}

std::optional<std::vector<std::string>> AccountFile::find(std::string_view name) const {
  const std::size_t index = name.empty() ? lines_.size() : index_of(name);
  if (index == lines_.size()) return std::nullopt;
  return fields_of(lines_[index]);
}

std::vector<std::vector<std::string>> AccountFile::entries() const {
  std::vector<std::vector<std::string>> found;
  for (const std::string& line : lines_)
    if (line.find(':') != std::string::npos && line[0] != ':' && line[0] != '#' && !is_nis(line))
      found.push_back(fields_of(line));
  return found;
}

void AccountFile::put(const std::vector<std::string>& fields) {
  for (const std::string& field : fields)
    if (field.find_first_of(std::string_view(":\n\r\0", 4)) != std::string::npos)
      base::throw_invalid(fields.at(0), "no field of an account may hold a colon, an end of line or a NUL");
  const std::string line = base::join(fields, ":");
  const std::size_t index = index_of(fields.at(0));
  if (index < lines_.size()) {
    lines_[index] = lines_[index].ends_with('\r') ? line + "\r" : line;
    return;
  }
  const auto nis = std::find_if(lines_.begin(), lines_.end(), [](const auto& known) { return is_nis(known); });
  if (nis == lines_.end()) ends_with_newline_ = true;
  lines_.insert(nis, line);
}

bool AccountFile::remove(std::string_view name) {
  return std::erase_if(lines_, [&](const std::string& line) { return names(line, name); }) > 0;
}

std::string AccountFile::text() const {
  std::string text;
  for (const std::string& line : lines_) text.append(line).append(1, '\n');
  if (!ends_with_newline_ && !text.empty()) text.pop_back();
  return text;
}

std::optional<std::int64_t> number_field(const std::vector<std::string>& fields, std::size_t index) {
  if (index >= fields.size()) return std::nullopt;
  return base::parse_number<std::int64_t>(fields[index]);
}

bool has_member(const std::string& members, std::string_view user) {
  const std::vector<std::string> all = base::split(members, ',');
  return std::find(all.begin(), all.end(), user) != all.end();
}

std::string with_member(const std::string& members, std::string_view user) {
  if (has_member(members, user)) return members;
  return members + (members.empty() ? "" : ",") + std::string(user);
}

std::string without_member(const std::string& members, std::string_view user) {
  if (!has_member(members, user)) return members;
  std::vector<std::string> all = base::split(members, ',');
  std::erase(all, user);
  return base::join(all, ",");
}

void check_account_name(const std::string& name) {
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::string_view kKnown = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  const std::string_view body = std::string_view(name).substr(0, name.size() - (name.ends_with('$') ? 1 : 0));
  if (body.empty() || name.size() > kLongestName || body.find_first_not_of(kKnown) != std::string_view::npos ||
      body.find_first_not_of(kDigits) == std::string_view::npos || body[0] == '-' || body[0] == '.')
    base::throw_invalid(name, "is not a name for a user or group");
}

}  // namespace vmcraft::edit
