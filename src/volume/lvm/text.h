// SPDX-License-Identifier: LGPL-3.0-or-later
// The text in which LVM writes its metadata: sections of "key = value", values being numbers,
// strings and lists of these.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vmcraft::volume::lvm {

struct Section;

using Scalar = std::variant<std::int64_t, double, std::string>;

struct Section {
  std::map<std::string, std::vector<Scalar>, std::less<>> values;
  std::map<std::string, std::unique_ptr<Section>, std::less<>> sections;

  /// The first element of a value, or nothing.
  std::optional<std::int64_t> number(std::string_view key) const;
  std::optional<std::string> text(std::string_view key) const;
  /// All elements of a list that are strings.
  std::vector<std::string> texts(std::string_view key) const;
  const Section* section(std::string_view key) const;
};

/// Throws Error{corrupt} with the offset where the text is not of that form. Depth and count are bounded.
Section parse_text(std::string_view text);

}  // namespace vmcraft::volume::lvm
