// SPDX-License-Identifier: LGPL-3.0-or-later
// passwd, shadow, group, gshadow, subuid and subgid as text: a line each, fields with colons between them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmcraft::edit {

/// Lines that nobody changes come out as they went in, whatever is in them.
class AccountFile {
 public:
  explicit AccountFile(std::string_view text);

  /// Fields of the first line with this name; nothing where there is none.
  std::optional<std::vector<std::string>> find(std::string_view name) const;
  /// Fields of all lines that are neither empty, comments, nor of NIS (those begin with + or -).
  std::vector<std::vector<std::string>> entries() const;
  /// Replaces the first line with the name of the first field, or adds one: before the lines of NIS, which
  /// have to be the last. Throws EINVAL for a field that holds a colon, a newline or a NUL.
  void put(const std::vector<std::string>& fields);
  /// Removes all lines with the name; false where there is none.
  bool remove(std::string_view name);
  std::string text() const;

 private:
  std::size_t index_of(std::string_view name) const;
  std::vector<std::string> lines_;
  bool ends_with_newline_ = true;
};

/// Field `index` as a number; nothing where it is missing or none.
std::optional<std::int64_t> number_field(const std::vector<std::string>& fields, std::size_t index);

/// "a,b,c" as a list of members, changed.
std::string with_member(const std::string& members, std::string_view user);
std::string without_member(const std::string& members, std::string_view user);
bool has_member(const std::string& members, std::string_view user);

/// Throws EINVAL where a name is none that login programs take: letters, digits, "_", "-" and ".", a "$" at the
/// end; not beginning with a digit alone, "-" or "."; 32 characters at most.
void check_account_name(const std::string& name);

}  // namespace vmcraft::edit
