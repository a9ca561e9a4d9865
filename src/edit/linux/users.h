// SPDX-License-Identifier: LGPL-3.0-or-later
// Users and groups of a Linux guest.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "edit/linux/account_file.h"
#include "mount/guest_root.h"

namespace vmcraft::edit {

struct User {
  std::string name;
  std::int64_t uid = 0;
  std::int64_t gid = 0;
  std::string gecos;
  std::string home;
  std::string shell;
};

struct NewUser {
  std::string name;
  std::optional<std::int64_t> uid;
  std::optional<std::string> group;
  std::vector<std::string> groups;
  std::optional<std::string> home;
  std::optional<std::string> shell;
  std::optional<std::string> gecos;
  bool system = false;
};

/// The files as they are and will be; save() writes those that changed. What is wrong throws before that.
class Users {
 public:
  explicit Users(const mount::GuestRoot& root) : root_(root) {}

  std::vector<User> list();
  std::optional<User> find(const std::string& name);
  /// set, locked, disabled or none, as user_list tells.
  std::string password_state(const std::string& name);

  /// True where the user is new.
  bool add(const NewUser& wanted);
  void remove(const std::string& name);
  /// What the shadow file, or the passwd file of a guest without one, holds as the password.
  void set_password(const std::string& name, const std::string& hash);
  void add_group(const std::string& name, std::optional<std::int64_t> gid, bool system);
  void remove_group(const std::string& name);

  void save();

 private:
  struct Loaded {
    bool exists;
    std::string before;
    AccountFile file;
  };
  struct Range {
    std::int64_t least;
    std::int64_t most;
  };
  Loaded& load(const std::string& name);
  AccountFile& file(const std::string& name) { return load(name).file; }
  AccountFile& required(const std::string& name);
  Range range(const std::string& kind, bool system);
  std::int64_t free_number(const std::string& kind, bool system, std::optional<std::int64_t> preferred);
  std::int64_t group_number(const std::string& group);
  std::string default_shell();
  void check_same(const NewUser& wanted, const User& there);
  void join(const std::string& user, const std::vector<std::string>& groups);
  void add_subordinate(const std::string& name, const std::string& user);

  const mount::GuestRoot& root_;
  std::map<std::string, std::unique_ptr<Loaded>> loaded_;
};

/// The user, or ENOENT.
User require_user(const mount::GuestRoot& root, const std::string& name);

}  // namespace vmcraft::edit
