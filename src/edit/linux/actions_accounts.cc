// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/edit_linux.h"
#include "base/secret.h"
#include "edit/linux/homes.h"
#include "edit/linux/password.h"
#include "edit/linux/users.h"
#include "handle/handle.h"

namespace vmcraft {
namespace {

using edit::Users;
using handle::Handle;
using Text = std::string;

}  // namespace

std::vector<GuestUser> action::user_list(Handle& h) {
  Users users(h.root());
  std::vector<GuestUser> list;
  for (const edit::User& user : users.list())
    list.push_back({user.name, user.uid, user.gid, user.gecos, user.home, user.shell, users.password_state(user.name)});
  return list;
}

void action::user_add(Handle& h, const Text& name, const UserAddOptions& options) {
  edit::NewUser wanted{name, options.uid, options.group, options.groups.value_or(std::vector<Text>()), options.home,
                       options.shell, options.gecos, options.system.value_or(false)};
  Users users(h.root());
  const bool fresh = users.add(wanted);
  users.save();
  const bool no_home = wanted.system && !wanted.home;
  if (fresh && options.createhome.value_or(!no_home)) edit::make_home(h.root(), *users.find(name));
}

void action::user_remove(Handle& h, const Text& name, const UserRemoveOptions& options) {
  Users users(h.root());
  const auto user = users.find(name);
  users.remove(name);
  users.save();
  if (options.removehome.value_or(false)) edit::remove_home(h.root(), *user);
}

void action::user_password(Handle& h, const Text& name, const UserPasswordOptions& options) {
  Users users(h.root());
  Text hash = "*";
  if (options.password)
    hash = edit::hash_password(*options.password, options.crypto.value_or(edit::password_crypto(h.root())));
  const base::WipedAtEnd wiped(hash);
  users.set_password(name, options.locked.value_or(false) ? "!" + hash : hash);
  users.save();
}

void action::group_add(Handle& h, const Text& group, const GroupAddOptions& options) {
  Users users(h.root());
  users.add_group(group, options.gid, options.system.value_or(false));
  users.save();
}

void action::group_remove(Handle& h, const Text& group) {
  Users users(h.root());
  users.remove_group(group);
  users.save();
}

void action::ssh_inject(Handle& h, const Text& name, const Text& pubkey) {
  edit::add_authorized_keys(h.root(), edit::require_user(h.root(), name), pubkey);
}

}  // namespace vmcraft
