// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/linux/sysprep.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "edit/linux/guest_text.h"
#include "edit/linux/homes.h"
#include "edit/linux/identity.h"
#include "edit/linux/users.h"
#include "file/list.h"
#include "file/remove.h"
#include "file/walk.h"
#include "file/write.h"
#include "inspect/files.h"

namespace vmcraft::edit {
namespace {

using mount::GuestRoot;
using Texts = std::vector<std::string>;

constexpr std::int64_t kFirstPerson = 1000;
constexpr std::int64_t kLastPerson = 60000;

bool sweep_one(const GuestRoot& root, const std::string& path, Sweep sweep) {
  const auto st = root.lstat(path);
  if (!st || (sweep != Sweep::all && S_ISDIR(st->st_mode))) return false;
  if (sweep != Sweep::truncated) {
    file::remove_tree(root, path, {});
    return true;
  }
  if (!S_ISREG(st->st_mode) || st->st_size == 0) return false;
  file::truncate(root, path, 0);
  return true;
}

Texts sweep(const GuestRoot& root, const SysprepOperation& operation, const std::function<void()>& check) {
  Texts changed;
  for (const char* pattern : operation.patterns)
    for (const std::string& path : file::expand_pattern(root, pattern, false)) {
      check();
      if (sweep_one(root, path, operation.sweep)) changed.push_back(path);
    }
  return changed;
}

// Regular files that editors left; removed by the folder's descriptor while it is walked.
class Backups : public file::Visitor {
 public:
  Backups(std::string top, Texts& removed) : top_(std::move(top)), removed_(removed) {}
  void file(const file::Found& found) override {
    const std::string_view name = found.name;
    if (!S_ISREG(found.st.st_mode) || (!name.ends_with('~') && !name.ends_with(".bak"))) return;
    base::check(::unlinkat(found.directory, found.name, 0), found.path);
    removed_.push_back(file::below(top_, found.path));
  }
  bool enter(const file::Found&) override { return true; }

 private:
  std::string top_;
  Texts& removed_;
};

Texts remove_backups(const GuestRoot& root) {
  Texts removed;
  for (const char* top : {"/etc", "/root", "/srv", "/tmp", "/var"}) {
    const auto st = root.lstat(top);
    if (!st || !S_ISDIR(st->st_mode)) continue;
    Backups backups(top, removed);
    file::walk(root.open_directory(top), top, backups);
  }
  return removed;
}

Texts remove_interface_variables(const GuestRoot& root, const Texts& names) {
  Texts changed;
  for (const std::string& path : file::expand_pattern(root, "/etc/sysconfig/network-scripts/ifcfg-*", false)) {
    if (!inspect::is_file(root, path)) continue;
    const std::string text = read_guest_text(root, path).value_or("");
    if (write_guest_text(root, path, without_variables(text, names))) changed.push_back(path);
  }
  return changed;
}

Texts remove_people(const GuestRoot& root, const SysprepUsers& chosen) {
  const auto has = [](const Texts& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  Users users(root);
  std::vector<User> removed;
  for (const User& user : users.list()) {
    const bool person = user.uid >= kFirstPerson && user.uid <= kLastPerson;
    if (user.uid == 0 || has(chosen.keep, user.name)) continue;
    if (chosen.remove.empty() ? person : has(chosen.remove, user.name)) removed.push_back(user);
  }
  Texts names;
  for (const User& user : removed) {
    users.remove(user.name);
    names.push_back(user.name);
  }
  users.save();
  for (const User& user : removed) remove_home(root, user);
  return names;
}

Texts reset_machine(const GuestRoot& root) {
  const Texts paths = {"/etc/machine-id", "/var/lib/dbus/machine-id"};
  std::map<std::string, std::optional<std::string>> before;
  for (const std::string& path : paths) before[path] = inspect::content(root, path);
  reset_machine_id(root);
  Texts changed;
  for (const std::string& path : paths)
    if (inspect::content(root, path) != before[path]) changed.push_back(path);
  return changed;
}

Texts flag_reconfiguration(const GuestRoot& root) {
  if (root.lstat("/.unconfigured")) return {};
  write_guest_text(root, "/.unconfigured", "");
  return {"/.unconfigured"};
}

}  // namespace

std::string without_variables(const std::string& text, const Texts& names) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string line = text.substr(at, end - at);
    const bool gone = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return base::trim(line).starts_with(name + "=");
    });
    if (!gone) result += line;
    at = end;
  }
  return result;
}

Texts apply_sysprep(const GuestRoot& root, const std::string& name, const SysprepUsers& users,
                    const std::function<void()>& check) {
  const auto operations = sysprep_operations();
  const auto found = std::find_if(operations.begin(), operations.end(), [&](const auto& known) { return name == known.name; });
  if (found == operations.end()) base::throw_invalid(name, "is not an operation; sysprep_list has them");
  if (!found->patterns.empty()) return sweep(root, *found, check);
  if (name == "backup-files") return remove_backups(root);
  if (name == "net-hostname") return remove_interface_variables(root, {"HOSTNAME", "DHCP_HOSTNAME"});
  if (name == "net-hwaddr") return remove_interface_variables(root, {"HWADDR"});
  if (name == "user-account") return remove_people(root, users);
  if (name == "machine-id") return reset_machine(root);
  if (name == "ssh-hostkeys") return reset_ssh_hostkeys(root);
  if (name == "flag-reconfiguration") return flag_reconfiguration(root);
  base::throw_invalid(name, "is done by 'vmcraft sysprep', not by an action");
}

}  // namespace vmcraft::edit
