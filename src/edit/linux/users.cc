// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/linux/users.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "edit/linux/guest_text.h"
#include "inspect/files.h"

namespace vmcraft::edit {
namespace {

// Shadow files are written last: a user without one cannot log in, the other way round is an entry too many.
constexpr std::array kFiles = {"group", "gshadow", "passwd", "shadow", "subgid", "subuid"};
constexpr std::int64_t kLargestId = 4294967294;

std::string path_of(const std::string& name) { return "/etc/" + name; }

std::string today() { return std::to_string(std::time(nullptr) / 86400); }

// The value of "NAME value" in login.defs.
std::optional<std::int64_t> login_number(const std::string& text, std::string_view name) {
  for (const std::string& line : base::split_lines(text)) {
    const std::vector<std::string> words = base::split_blanks(line);
    if (words.size() >= 2 && words[0] == name) return base::parse_number<std::int64_t>(words[1]);
  }
  return std::nullopt;
}

std::string field(const std::vector<std::string>& fields, std::size_t index) {
  return index < fields.size() ? fields[index] : std::string();
}

std::optional<User> user_of(const std::vector<std::string>& fields) {
  const auto uid = number_field(fields, 2);
  const auto gid = number_field(fields, 3);
  if (!uid || !gid) return std::nullopt;
  return User{fields[0], *uid, *gid, field(fields, 4), field(fields, 5), field(fields, 6)};
}

void check_id(const std::string& name, std::int64_t id) {
  if (id < 0 || id > kLargestId) base::throw_invalid(name, std::to_string(id) + " is not a number of a user or group");
}

}  // namespace

Users::Loaded& Users::load(const std::string& name) {
  auto& place = loaded_[name];
  if (!place) {
    auto text = read_guest_text(root_, path_of(name));
    place = std::make_unique<Loaded>(Loaded{text.has_value(), text.value_or(""), AccountFile(text.value_or(""))});
  }
  return *place;
}

AccountFile& Users::required(const std::string& name) {
  Loaded& loaded = load(name);
  if (!loaded.exists) base::throw_errno(path_of(name), ENOENT);
  return loaded.file;
}

std::vector<User> Users::list() {
  std::vector<User> users;
  for (const auto& fields : required("passwd").entries())
    if (auto user = user_of(fields)) users.push_back(std::move(*user));
  return users;
}

std::optional<User> Users::find(const std::string& name) {
  const auto fields = required("passwd").find(name);
  return fields ? user_of(*fields) : std::nullopt;
}

std::string Users::password_state(const std::string& name) {
  const auto shadow = file("shadow").find(name);
  const auto passwd = required("passwd").find(name);
  const std::string hash = shadow ? field(*shadow, 1) : passwd ? field(*passwd, 1) : "*";
  if (hash.empty()) return "none";
  if (hash.starts_with('!') && hash.size() > 1 && hash[1] != '!' && hash[1] != '*') return "locked";
  return hash[0] == '!' || hash[0] == '*' || hash == "x" ? "disabled" : "set";
}

Users::Range Users::range(const std::string& kind, bool system) {
  const std::string defs = inspect::content(root_, "/etc/login.defs").value_or("");
  const std::string prefix = (system ? "SYS_" : "") + kind;
  const std::int64_t first = login_number(defs, kind + "_MIN").value_or(1000);
  if (!system) return {first, login_number(defs, prefix + "_MAX").value_or(60000)};
  return {login_number(defs, prefix + "_MIN").value_or(101), login_number(defs, prefix + "_MAX").value_or(first - 1)};
}

// Numbers of people are given upwards, those of the system downwards, as shadow's programs do.
std::int64_t Users::free_number(const std::string& kind, bool system, std::optional<std::int64_t> preferred) {
  std::set<std::int64_t> taken;
  for (const auto& fields : file(kind == "UID" ? "passwd" : "group").entries())
    if (const auto number = number_field(fields, 2)) taken.insert(*number);
  if (preferred && !taken.contains(*preferred)) return *preferred;
  const Range allowed = range(kind, system);
  const std::int64_t count = std::min(allowed.most - allowed.least, std::int64_t{1} << 20);
  for (std::int64_t i = 0; i <= count; ++i) {
    const std::int64_t number = system ? allowed.most - i : allowed.least + i;
    if (!taken.contains(number)) return number;
  }
  base::throw_errno(kind == "UID" ? "/etc/passwd" : "/etc/group", ENOSPC);
}

std::int64_t Users::group_number(const std::string& group) {
  if (const auto fields = required("group").find(group))
    if (const auto gid = number_field(*fields, 2)) return *gid;
  base::throw_errno("group " + group, ENOENT);
}

std::string Users::default_shell() {
  const auto defaults = inspect::shell_variables(inspect::content(root_, "/etc/default/useradd").value_or(""));
  const std::string shell = inspect::variable(defaults, "SHELL");
  return shell.empty() ? "/bin/sh" : shell;
}

void Users::add_group(const std::string& name, std::optional<std::int64_t> gid, bool system) {
  check_account_name(name);
  if (gid) check_id(name, *gid);
  if (const auto there = required("group").find(name)) {
    if (gid && number_field(*there, 2) != gid) base::throw_errno("group " + name, EEXIST);
    return;
  }
  const std::int64_t number = gid ? *gid : free_number("GID", system, std::nullopt);
  for (const auto& fields : file("group").entries())
    if (number_field(fields, 2) == number)
      base::throw_errno("group " + fields[0] + " with gid " + field(fields, 2), EEXIST);
  const bool shadowed = load("gshadow").exists;
  file("group").put({name, "x", std::to_string(number), ""});
  if (shadowed) file("gshadow").put({name, "!", "", ""});
}

void Users::remove_group(const std::string& name) {
  const std::int64_t gid = group_number(name);
  for (const User& user : list())
    if (user.gid == gid) base::throw_errno("group " + name + " of user " + user.name, EBUSY);
  file("group").remove(name);
  if (load("gshadow").exists) file("gshadow").remove(name);
}

void Users::join(const std::string& user, const std::vector<std::string>& groups) {
  for (const std::string& group : groups) {
    group_number(group);
    for (const char* name : {"group", "gshadow"}) {
      auto fields = file(name).find(group);
      if (!fields || fields->size() < 4) continue;
      (*fields)[3] = with_member((*fields)[3], user);
      file(name).put(*fields);
    }
  }
}

void Users::check_same(const NewUser& wanted, const User& there) {
  const bool same = (!wanted.uid || *wanted.uid == there.uid) && (!wanted.home || *wanted.home == there.home) &&
                    (!wanted.shell || *wanted.shell == there.shell) &&
                    (!wanted.gecos || *wanted.gecos == there.gecos) &&
                    (!wanted.group || group_number(*wanted.group) == there.gid);
  if (!same) base::throw_errno("user " + wanted.name, EEXIST);
}

void Users::add_subordinate(const std::string& name, const std::string& user) {
  constexpr std::int64_t kCount = 65536;
  if (!load(name).exists || file(name).find(user)) return;
  std::int64_t next = 100000;
  for (const auto& fields : file(name).entries()) {
    const auto start = number_field(fields, 1);
    const auto count = number_field(fields, 2);
    if (start && count && *start <= kLargestId && *count <= kLargestId) next = std::max(next, *start + *count);
  }
  if (next + kCount <= kLargestId) file(name).put({user, std::to_string(next), std::to_string(kCount)});
}

bool Users::add(const NewUser& wanted) {
  check_account_name(wanted.name);
  const auto there = find(wanted.name);
  if (there) {
    check_same(wanted, *there);
    join(wanted.name, wanted.groups);
    return false;
  }
  if (wanted.uid) check_id(wanted.name, *wanted.uid);
  for (const User& user : list())
    if (wanted.uid && user.uid == *wanted.uid)
      base::throw_errno("user " + user.name + " with uid " + std::to_string(user.uid), EEXIST);
  const std::int64_t uid = wanted.uid ? *wanted.uid : free_number("UID", wanted.system, std::nullopt);
  if (!wanted.group && !file("group").find(wanted.name))
    add_group(wanted.name, free_number("GID", wanted.system, uid), wanted.system);
  const std::int64_t gid = group_number(wanted.group.value_or(wanted.name));
  const bool shadowed = load("shadow").exists;
  file("passwd").put({wanted.name, shadowed ? "x" : "*", std::to_string(uid), std::to_string(gid),
                      wanted.gecos.value_or(""), wanted.home.value_or("/home/" + wanted.name),
                      wanted.shell.value_or(default_shell())});
  const auto aging = [&](const char* days) { return wanted.system ? "" : days; };
  if (shadowed)
    file("shadow").put({wanted.name, "!", today(), aging("0"), aging("99999"), aging("7"), "", "", ""});
  if (!wanted.system)
    for (const char* name : {"subuid", "subgid"}) add_subordinate(name, wanted.name);
  join(wanted.name, wanted.groups);
  return true;
}

void Users::remove(const std::string& name) {
  const auto user = find(name);
  if (!user) base::throw_errno("user " + name, ENOENT);
  if (user->uid == 0) base::throw_errno("user " + name, EPERM);
  for (const char* file_name : {"passwd", "shadow", "subuid", "subgid"}) file(file_name).remove(name);
  for (const char* file_name : {"group", "gshadow"})
    for (auto fields : file(file_name).entries()) {
      if (fields.size() < 4) continue;
      const std::vector<std::string> before = fields;
      fields[3] = without_member(fields[3], name);
      if (std::string_view(file_name) == "gshadow") fields[2] = without_member(fields[2], name);
      if (fields != before) file(file_name).put(fields);
    }
  const auto group = file("group").find(name);
  const std::vector<User> others = list();
  if (!group || !field(*group, 3).empty() || number_field(*group, 2) != user->gid ||
      std::any_of(others.begin(), others.end(), [&](const User& other) { return other.gid == user->gid; }))
    return;
  file("group").remove(name);
  file("gshadow").remove(name);
}

void Users::set_password(const std::string& name, const std::string& hash) {
  auto fields = required("passwd").find(name);
  if (!fields) base::throw_errno("user " + name, ENOENT);
  if (!load("shadow").exists) {
    fields->resize(std::max<std::size_t>(fields->size(), 7));
    (*fields)[1] = hash;
    return file("passwd").put(*fields);
  }
  auto shadow = file("shadow").find(name).value_or(
      std::vector<std::string>{name, "", "", "0", "99999", "7", "", "", ""});
  shadow.resize(std::max<std::size_t>(shadow.size(), 9));
  shadow[1] = hash;
  shadow[2] = today();
  file("shadow").put(shadow);
  if (fields->size() < 2 || (*fields)[1] == "x") return;
  (*fields)[1] = "x";  // the shadow file would not be looked at
  file("passwd").put(*fields);
}

void Users::save() {
  for (const char* name : kFiles) {
    const auto found = loaded_.find(name);
    if (found == loaded_.end() || !found->second->exists) continue;
    const std::string text = found->second->file.text();
    if (text == found->second->before) continue;
    write_guest_text(root_, path_of(name), text, {.mode = 0600});
    found->second->before = text;
  }
}

User require_user(const mount::GuestRoot& root, const std::string& name) {
  if (auto user = Users(root).find(name)) return *user;
  base::throw_errno("user " + name, ENOENT);
}

}  // namespace vmcraft::edit
