// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "edit/windows/hive_file.h"
#include "edit/windows/registry_value.h"
#include "inspect/hive.h"

namespace vmcraft::edit {

/// One hive of a guest as a tree of keys: read, changed in memory, and saved at once.
///
/// A key is its components from the root of the hive; CurrentControlSet is the one that Windows would
/// boot with. Names are compared without regard to case.
class Registry {
 public:
  using Key = std::vector<std::string>;
  enum class Access { read, write, plan };
  /// For writing, throws EBUSY where the guest is hibernated, or where newer changes are in the hive's
  /// transaction log. For reading, a hive that is damaged in parts is read as far as it goes. A plan
  /// changes memory alone, and is not saved.
  Registry(const mount::GuestRoot& root, HiveFile file, Access access);

  const HiveFile& file() const noexcept { return file_; }
  /// Components of a key as a caller wrote it: with or without the name of the hive before it.
  Key key(const std::string& text) const { return key_parts_in(file_, text); }

  bool has_key(const Key& key) const { return node(key) != 0; }
  /// Names in the order of the hive; throw ENOENT where there is no such key.
  std::vector<std::string> subkeys(const Key& key) const;
  std::vector<std::pair<std::string, RegistryValue>> values(const Key& key) const;
  /// Nothing where the key or the value is not there; "" is the default value.
  std::optional<RegistryValue> value(const Key& key, const std::string& name) const;

  /// These return whether anything changed. Keys above are made.
  bool make_key(const Key& key);
  bool set(const Key& key, const std::string& name, const RegistryValue& value);
  bool remove_value(const Key& key, const std::string& name);
  /// With all below it; throws EINVAL for the root.
  bool remove_key(const Key& key);

  bool changed() const noexcept { return changed_; }
  /// Writes what changed; does nothing where nothing did. With `backup` the old file stays as NAME.bak.
  void save(bool backup);

 private:
  using Number = inspect::Hive::Number;
  Key resolved(Key key) const;
  Number node(const Key& key) const;
  Number existing(const Key& key) const;
  Number made(const Key& key);
  Number value_number(Number node, const std::string& name) const;

  const mount::GuestRoot& root_;
  HiveFile file_;
  inspect::Hive hive_;
  bool changed_ = false;
};

}  // namespace vmcraft::edit
