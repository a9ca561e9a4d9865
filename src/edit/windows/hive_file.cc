// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/windows/hive_file.h"

#include <fcntl.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "inspect/files.h"
#include "inspect/windows.h"

namespace vmcraft::edit {
namespace {

constexpr std::string_view kMachine = "HKEY_LOCAL_MACHINE";
constexpr std::string_view kUser = "HKEY_CURRENT_USER";

struct Known {
  std::string_view name;
  std::string_view path;    // below the folder of Windows
  std::string_view prefix;
};

constexpr std::array kKnown = std::to_array<Known>({
    {"software", "/system32/config/software", "HKEY_LOCAL_MACHINE\\SOFTWARE"},
    {"system", "/system32/config/system", "HKEY_LOCAL_MACHINE\\SYSTEM"},
    {"sam", "/system32/config/sam", "HKEY_LOCAL_MACHINE\\SAM"},
    {"security", "/system32/config/security", "HKEY_LOCAL_MACHINE\\SECURITY"},
    {"default", "/system32/config/default", "HKEY_USERS\\.DEFAULT"},
    {"components", "/system32/config/components", "HKEY_LOCAL_MACHINE\\COMPONENTS"},
    {"drivers", "/system32/config/drivers", "HKEY_LOCAL_MACHINE\\DRIVERS"},
    {"amcache", "/appcompat/programs/amcache.hve", "HKEY_LOCAL_MACHINE\\Amcache"},
});
// Where the system partition of a BIOS or a UEFI machine, or the root, is mounted.
constexpr std::array kBootStores = std::to_array<const char*>(
    {"/boot/bcd", "/efi/microsoft/boot/bcd", "/boot/efi/efi/microsoft/boot/bcd"});

HiveFile known_hive(const mount::GuestRoot& root, const Known& known) {
  const std::string windows = inspect::windows_systemroot(root);
  if (windows.empty())
    throw Error(ErrorCode::system, ENOENT, "no folder of Windows on /: mount its root first");
  const std::string wanted = windows + std::string(known.path);
  const auto found = inspect::any_case(root, wanted);
  if (!found) base::throw_errno(wanted, ENOENT);
  return {*found, std::string(known.prefix), true};
}

HiveFile boot_store(const mount::GuestRoot& root) {
  for (const char* path : kBootStores)
    if (const auto found = inspect::any_case(root, path))
      if (inspect::is_file(root, *found)) return {*found, "HKEY_LOCAL_MACHINE\\BCD00000000", true};
  throw Error(ErrorCode::system, ENOENT, "BCD: not below /; it is often on a partition of its own");
}

HiveFile hive_by_path(const mount::GuestRoot& root, const std::string& name) {
  std::string path = name;
  std::replace(path.begin(), path.end(), '\\', '/');
  if (path.size() > 2 && path[1] == ':') path.erase(0, 2);
  if (!path.starts_with('/'))
    base::throw_invalid(name, "not a hive: SOFTWARE, SYSTEM, SAM, SECURITY, DEFAULT, COMPONENTS, DRIVERS, BCD, "
                              "Amcache, or a path such as /Users/me/NTUSER.DAT");
  const auto found = inspect::any_case(root, path);
  if (!found || found->empty()) base::throw_errno(path, ENOENT);
  const std::string file = found->substr(found->rfind('/') + 1);
  if (base::lower(file) == "ntuser.dat") return {*found, std::string(kUser), false};
  return {*found, std::string(kMachine) + "\\" + file, false};
}

bool same(const std::string& part, std::string_view name) { return base::lower(part) == base::lower(name); }

// How many components of a full name are above the hive's root; 0 where it is no full name.
std::size_t root_parts(const std::vector<std::string>& parts) {
  if (parts.empty()) return 0;
  for (const std::string_view root : {kMachine, std::string_view("HKLM"), std::string_view("HKEY_USERS"), std::string_view("HKU")})
    if (same(parts[0], root)) return 2;
  return same(parts[0], kUser) || same(parts[0], "HKCU") ? 1 : 0;
}

}  // namespace

HiveFile find_hive(const mount::GuestRoot& root, const std::string& name) {
  for (const Known& known : kKnown)
    if (same(name, known.name)) return known_hive(root, known);
  if (same(name, "bcd")) return boot_store(root);
  return hive_by_path(root, name);
}

std::vector<std::string> key_parts(const std::string& key) {
  std::vector<std::string> parts;
  for (std::string& part : base::split(key, '\\'))
    if (!part.empty()) parts.push_back(std::move(part));
  return parts;
}

std::vector<std::string> key_parts_in(const HiveFile& hive, const std::string& key) {
  std::vector<std::string> parts = key_parts(key);
  if (!parts.empty() && (same(parts[0], "HKEY_CLASSES_ROOT") || same(parts[0], "HKCR"))) {
    parts[0] = "Classes";
    parts.insert(parts.begin(), {std::string(kMachine), "SOFTWARE"});
  }
  const std::size_t count = root_parts(parts);
  if (count == 0) return parts;
  const std::vector<std::string> expected = key_parts(hive.prefix);
  if (count > parts.size()) base::throw_invalid(key, "names no hive");
  const bool machine = count == 2 && !same(parts[0], "HKEY_USERS") && !same(parts[0], "HKU");
  bool fits = !machine || !same(expected[0], kUser);
  if (hive.named)
    fits = machine == same(expected[0], kMachine) && (!machine || same(parts[1], expected[1]));
  if (!fits) base::throw_invalid(key, "is not in the hive " + hive.path);
  parts.erase(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(count));
  return parts;
}

void check_not_hibernated(const mount::GuestRoot& root) {
  const auto path = inspect::any_case(root, "/hiberfil.sys");
  if (!path || !inspect::is_file(root, *path)) return;
  const base::UniqueFd file = root.open_regular(*path, O_RDONLY);
  std::string mark(4, '\0');
  mark.resize(base::pread_full(file.get(), std::as_writable_bytes(std::span(mark)), 0));
  mark = base::lower(mark);
  if (mark != "hibr" && mark != "wake") return;
  throw Error(ErrorCode::system, EBUSY,
              *path + ": the guest is hibernated, or was shut down for a fast start, and would write over "
                      "changes: shut it down by \"shutdown /s /t 0\", or remove the file, which loses what "
                      "it has not saved");
}

}  // namespace vmcraft::edit
