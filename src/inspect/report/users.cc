// SPDX-License-Identifier: LGPL-3.0-or-later
// Users and groups. Of a password only what kind it is: no hash leaves the guest.
#include <map>

#include "base/text.h"
#include "inspect/report/sections.h"
#include "inspect/report/windows.h"

namespace vmcraft::inspect::report {
namespace {

using Fields = std::vector<std::string>;

// Lines of fields between colons.
std::vector<Fields> colon_file(Reader& guest, const std::string& path, std::size_t least) {
  std::vector<Fields> entries;
  const auto text = guest.text(path);
  if (!text) return entries;
  std::size_t number = 0;
  for (const std::string& line : base::split_lines(*text)) {
    ++number;
    if (line.empty() || line.front() == '#' || line.front() == '+' || line.front() == '-') continue;
    Fields fields = base::split(line, ':');
    if (fields.size() < least) guest.finding(path, "line " + std::to_string(number) + " has too few fields");
    else entries.push_back(std::move(fields));
  }
  return entries;
}

std::string hash_kind(std::string_view hash) {
  constexpr std::pair<std::string_view, const char*> kKinds[] = {
      {"$1$", "md5"},          {"$2", "bcrypt"},   {"$3$", "nthash"},  {"$5$", "sha256"},        {"$6$", "sha512"},
      {"$7$", "scrypt"},       {"$y$", "yescrypt"}, {"$gy$", "gost-yescrypt"}, {"$sha1", "sha1"}, {"$md5", "sunmd5"},
      {"$argon2", "argon2"},   {"_", "bsdicrypt"}};
  for (const auto& [start, kind] : kKinds)
    if (hash.starts_with(start)) return kind;
  return hash.size() == 13 ? "des" : "unknown";
}

void put_password(Json& user, std::string_view field) {
  if (field.empty()) {
    user["password"] = "empty";
  } else if (field.front() == '!' || field.front() == '*') {
    user["password"] = "locked";
    const std::size_t hash = field.find_first_not_of("!*");
    if (hash != std::string_view::npos && field[hash] == '$') user["password_hash"] = hash_kind(field.substr(hash));
  } else if (field == "x") {
    user["password"] = "unknown";
  } else {
    user["password"] = "set";
    user["password_hash"] = hash_kind(field);
  }
}

// Days since 1970.
void put_day(Json& user, const char* key, const std::string& field) {
  constexpr std::int64_t kDay = 86400;
  const auto days = base::parse_number<std::int32_t>(field);
  if (days && *days > 0) user[key] = time_text(*days * kDay).substr(0, 10);
}

void put_shadow(Json& user, const Fields& entry) {
  put_password(user, entry[1]);
  if (entry.size() > 2) put_day(user, "password_changed", entry[2]);
  if (entry.size() > 7) put_day(user, "expires", entry[7]);
}

// BSDs keep all in one file: name, hash, uid, gid, class, change, expire, comment, home, shell.
Json read_master_passwd(Reader& guest) {
  Json users = Json::array();
  for (const Fields& fields : colon_file(guest, "/etc/master.passwd", 10)) {
    Json user = {{"name", fields[0]},
                 {"uid", base::parse_number<std::int64_t>(fields[2]).value_or(-1)},
                 {"gid", base::parse_number<std::int64_t>(fields[3]).value_or(-1)}};
    put(user, "comment", fields[7]);
    put(user, "home", fields[8]);
    put(user, "shell", fields[9]);
    put_password(user, fields[1]);
    users.push_back(std::move(user));
  }
  return users;
}

}  // namespace

Json read_users(Reader& guest) {
  if (guest.os().type == "windows") return read_windows_users(guest);
  if (guest.has_file("/etc/master.passwd")) return read_master_passwd(guest);
  std::map<std::string, Fields> shadow;
  for (Fields& fields : colon_file(guest, "/etc/shadow", 2)) {
    std::string name = fields[0];
    shadow.emplace(std::move(name), std::move(fields));
  }
  Json users = Json::array();
  for (const Fields& fields : colon_file(guest, "/etc/passwd", 6)) {
    Json user = {{"name", fields[0]},
                 {"uid", base::parse_number<std::int64_t>(fields[2]).value_or(-1)},
                 {"gid", base::parse_number<std::int64_t>(fields[3]).value_or(-1)}};
    put(user, "comment", fields[4]);
    put(user, "home", fields[5]);
    if (fields.size() > 6) put(user, "shell", fields[6]);
    const auto found = shadow.find(fields[0]);
    if (found != shadow.end()) put_shadow(user, found->second);
    else put_password(user, fields[1]);
    users.push_back(std::move(user));
  }
  return users;
}

Json read_groups(Reader& guest) {
  Json groups = Json::array();
  for (const Fields& fields : colon_file(guest, "/etc/group", 3)) {
    Json group = {{"name", fields[0]}, {"gid", base::parse_number<std::int64_t>(fields[2]).value_or(-1)}};
    if (fields.size() > 3 && !fields[3].empty()) group["members"] = base::split(fields[3], ',');
    groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace vmcraft::inspect::report
