// SPDX-License-Identifier: LGPL-3.0-or-later
// Lists of named values as ZFS writes them, in the XDR encoding.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vmcraft::volume::zfs {

/// Values of the kinds that describe a pool: integers of 64 bits, texts, lists and arrays of lists.
/// Those of other kinds are left out.
class Nvlist {
 public:
  using Value = std::variant<std::uint64_t, std::string, std::vector<Nvlist>>;

  /// 0, empty, or no list where there is no such value of that kind.
  std::uint64_t number(const std::string& name) const;
  std::string text(const std::string& name) const;
  const std::vector<Nvlist>& lists(const std::string& name) const;
  bool has(const std::string& name) const { return values_.contains(name); }
  void set(std::string name, Value value) { values_[std::move(name)] = std::move(value); }

 private:
  std::map<std::string, Value> values_;
};

/// Throws Error{corrupt} with the offset where the bytes make no sense.
Nvlist parse_nvlist(std::string_view bytes);

}  // namespace vmcraft::volume::zfs
