// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mount/guest_root.h"

struct hive_h;

namespace vmcraft::inspect {

/// A hive of the Windows registry, read by libhivex from a copy in memory: what becomes of the
/// guest's file meanwhile, or of the disk below it, does not matter.
///
/// Nodes and values are libhivex' numbers, which it checks; 0 is none.
class Hive {
 public:
  using Number = std::uint64_t;

  struct Mode {
    bool writable = false;
    bool unsafe = false;  ///< goes on where parts of the hive are damaged
  };
  /// Throws Error{system, ENOTSUP or EINVAL} where the file is no hive, EFBIG above 2 GiB.
  Hive(const mount::GuestRoot& root, const std::string& path, Mode mode);
  Hive(const mount::GuestRoot& root, const std::string& path) : Hive(root, path, Mode{}) {}

  Number root() const;
  std::string name(Number node) const;
  Number parent(Number node) const;
  std::vector<Number> children(Number node) const;
  /// 0 where there is none of that name, in any case of letters.
  Number child(Number node, const std::string& name) const;
  /// Follows names from the root; nothing where one is not there.
  std::optional<Number> find(const std::vector<std::string>& names) const;
  std::vector<Number> values(Number node) const;
  /// 0 where there is none; "" is the default value.
  Number value(Number node, const std::string& key) const;

  std::string key(Number value) const;
  std::int64_t type(Number value) const;
  std::string data(Number value) const;
  /// A string value in UTF-8; throws EINVAL where the value is of another type.
  std::string text(Number value) const;
  /// The strings of a value of several; throws EINVAL where the value is of another type.
  std::vector<std::string> texts(Number value) const;
  /// The text or the number of a node's value; nothing where it is not there or of another type.
  std::optional<std::string> text_of(Number node, const std::string& key) const;
  std::optional<std::uint32_t> dword_of(Number node, const std::string& key) const;

  Number add_child(Number parent, const std::string& name);
  void delete_child(Number node);
  void set_value(Number node, const std::string& key, std::int64_t type, std::string_view data);
  /// Takes one value away; `key` as the hive spells it.
  void delete_value(Number node, const std::string& key);
  /// The bytes of the hive with its changes, in a file in memory.
  base::UniqueFd image() const;
  /// Writes the hive to its own file, or to another one.
  void commit(const mount::GuestRoot& root, const std::optional<std::string>& path, mode_t mode);

 private:
  struct Closer {
    void operator()(hive_h* hive) const noexcept;
  };
  std::string path_;
  base::UniqueFd copy_;
  std::unique_ptr<hive_h, Closer> hive_;
};

}  // namespace vmcraft::inspect
