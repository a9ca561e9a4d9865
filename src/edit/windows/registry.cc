// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/windows/registry.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/error.h"
#include "edit/windows/replace_file.h"
#include "edit/windows/utf16.h"
#include "inspect/files.h"

namespace vmcraft::edit {
namespace {

using inspect::Hive;

constexpr std::size_t kLongestName = 255;

bool same(const std::string& a, const char* b) { return ::strcasecmp(a.c_str(), b) == 0; }

std::string shown(const Registry::Key& key) { return fmt::format("{}", fmt::join(key, "\\")); }

// The header's two sequence numbers differ while changes are in the log alone.
void check_clean(const mount::GuestRoot& root, const std::string& path) {
  const base::UniqueFd file = root.open_regular(path, O_RDONLY);
  base::Le32 numbers[3];
  if (base::pread_full(file.get(), std::as_writable_bytes(std::span(numbers)), 0) != sizeof numbers) return;
  if (numbers[1] == numbers[2]) return;
  for (const char* suffix : {".log", ".log1", ".log2"}) {
    const auto log = inspect::any_case(root, path + suffix);
    const auto st = log ? root.stat(*log) : std::nullopt;
    if (!st || st->st_size == 0) continue;
    throw Error(ErrorCode::system, EBUSY,
                path + ": was not closed, and its newest changes are in " + *log +
                    ": shut the guest down, or remove the log, which loses them");
  }
}

Hive open_hive(const mount::GuestRoot& root, const HiveFile& file, Registry::Access access) {
  if (access == Registry::Access::read) return Hive(root, file.path, {.writable = false, .unsafe = true});
  if (access == Registry::Access::write) {
    check_not_hibernated(root);
    check_clean(root, file.path);
  }
  return Hive(root, file.path, {.writable = true, .unsafe = false});
}

}  // namespace

Registry::Registry(const mount::GuestRoot& root, HiveFile file, Access access)
    : root_(root), file_(std::move(file)), hive_(open_hive(root, file_, access)) {}

Registry::Key Registry::resolved(Key key) const {
  if (key.empty() || !same(key[0], "CurrentControlSet") || hive_.child(hive_.root(), key[0]) != 0) return key;
  const Number select = hive_.child(hive_.root(), "Select");
  const auto current = select != 0 ? hive_.dword_of(select, "Current") : std::nullopt;
  if (current) key[0] = fmt::format("ControlSet{:03}", *current);
  return key;
}

Registry::Number Registry::node(const Key& key) const { return hive_.find(resolved(key)).value_or(0); }

Registry::Number Registry::existing(const Key& key) const {
  const Number found = node(key);
  if (found == 0) base::throw_errno(shown(key), ENOENT);
  return found;
}

Registry::Number Registry::made(const Key& key) {
  Number at = hive_.root();
  for (const std::string& part : resolved(key)) {
    Number next = hive_.child(at, part);
    if (next == 0) {
      if (to_utf16(part).size() / 2 > kLongestName) base::throw_invalid(part, "longer than 255 characters");
      next = hive_.add_child(at, part);
      changed_ = true;
    }
    at = next;
  }
  return at;
}

std::vector<std::string> Registry::subkeys(const Key& key) const {
  std::vector<std::string> names;
  for (const Number child : hive_.children(existing(key))) names.push_back(hive_.name(child));
  return names;
}

std::vector<std::pair<std::string, RegistryValue>> Registry::values(const Key& key) const {
  std::vector<std::pair<std::string, RegistryValue>> found;
  for (const Number number : hive_.values(existing(key)))
    found.emplace_back(hive_.key(number), RegistryValue{hive_.type(number), hive_.data(number)});
  return found;
}

Registry::Number Registry::value_number(Number node, const std::string& name) const {
  return hive_.value(node, name);
}

std::optional<RegistryValue> Registry::value(const Key& key, const std::string& name) const {
  const Number at = node(key);
  const Number number = at != 0 ? value_number(at, name) : 0;
  if (number == 0) return std::nullopt;
  return RegistryValue{hive_.type(number), hive_.data(number)};
}

bool Registry::make_key(const Key& key) {
  if (node(key) != 0) return false;
  made(key);
  return true;
}

bool Registry::set(const Key& key, const std::string& name, const RegistryValue& value) {
  const Number at = made(key);
  const Number number = value_number(at, name);
  if (number != 0 && hive_.type(number) == value.type && hive_.data(number) == value.data) return false;
  // The value keeps the name that it has.
  hive_.set_value(at, number != 0 ? hive_.key(number) : name, value.type, value.data);
  changed_ = true;
  return true;
}

bool Registry::remove_value(const Key& key, const std::string& name) {
  const Number at = node(key);
  const Number number = at != 0 ? value_number(at, name) : 0;
  if (number == 0) return false;
  hive_.delete_value(at, hive_.key(number));
  changed_ = true;
  return true;
}

bool Registry::remove_key(const Key& key) {
  if (key.empty()) base::throw_invalid(file_.path, "the root of a hive cannot be deleted");
  const Number at = node(key);
  if (at == 0) return false;
  hive_.delete_child(at);
  changed_ = true;
  return true;
}

void Registry::save(bool backup) {
  if (!changed_) return;
  const base::UniqueFd bytes = hive_.image();
  if (backup) copy_file(root_, file_.path, file_.path + ".bak");
  replace_file(root_, file_.path, [&](int fd) { copy_bytes(bytes.get(), fd); });
  changed_ = false;
}

}  // namespace vmcraft::edit
