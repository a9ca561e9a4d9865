// SPDX-License-Identifier: LGPL-3.0-or-later
// Windows' setup information files.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmcraft::edit {

/// "key = value, value" of a section, or a line without a key. Quotes are gone and %strings% replaced;
/// %12% and other numbers of folders stay.
struct InfLine {
  std::string key;
  std::vector<std::string> values;

  /// "" where there are fewer.
  const std::string& value(std::size_t index) const;
};

/// The sections of one file, by name without regard to case; parts of one name are one section.
class Inf {
 public:
  /// UTF-16, UTF-8 or Latin-1; whatever is no INF has no sections. Throws where strings make it larger
  /// than 16 MiB.
  explicit Inf(std::string_view bytes);

  bool has(const std::string& section) const { return find(section) != nullptr; }
  /// The lines of a section; none where it is not there.
  const std::vector<InfLine>& lines(const std::string& section) const;
  /// The first value of the first line with this key; nothing where it is not there.
  std::optional<std::string> text(const std::string& section, const std::string& key) const;
  /// All values of all lines with this key.
  std::vector<std::string> all(const std::string& section, const std::string& key) const;

 private:
  const std::vector<InfLine>* find(const std::string& section) const;
  std::map<std::string, std::vector<InfLine>> sections_;
};

/// A number as INF files write it: decimal, or hexadecimal after 0x. 0 where it is none.
std::uint32_t inf_number(std::string_view text);

}  // namespace vmcraft::edit
