// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>

#include "mount/guest_root.h"

namespace vmcraft::file {

/// Users and groups as the guest's own files name them; never those of this machine.
class Accounts {
 public:
  /// Nobody is known.
  Accounts() = default;
  explicit Accounts(const mount::GuestRoot& root);

  /// The name, or nothing where the guest has none for the number.
  const std::string* user(uid_t id) const { return find(users_, id); }
  const std::string* group(gid_t id) const { return find(groups_, id); }
  std::optional<id_t> user_id(const std::string& name) const { return find_id(users_, name); }
  std::optional<id_t> group_id(const std::string& name) const { return find_id(groups_, name); }

 private:
  using Names = std::map<id_t, std::string>;
  static const std::string* find(const Names& names, id_t id);
  static std::optional<id_t> find_id(const Names& names, const std::string& name);

  Names users_;
  Names groups_;
};

}  // namespace vmcraft::file
