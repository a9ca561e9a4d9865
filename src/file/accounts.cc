// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/accounts.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/text.h"
#include "base/trace.h"

namespace vmcraft::file {
namespace {

// name:password:number:...
std::map<id_t, std::string> read_names(const mount::GuestRoot& root, const std::string& path) {
  constexpr std::size_t kLimitBytes = std::size_t{4} << 20U;
  std::map<id_t, std::string> names;
  try {
    const auto st = root.stat(path);
    if (!st || !S_ISREG(st->st_mode)) return names;
    const base::UniqueFd file = root.open_regular(path, O_RDONLY);
    for (const std::string& line :
         base::split_lines(base::read_text_fd(file.get(), path, kLimitBytes))) {
      const auto fields = base::split(line, ':');
      if (fields.size() < 3 || fields[0].empty()) continue;
      if (const auto id = base::parse_number<id_t>(fields[2])) names.emplace(*id, fields[0]);
    }
  } catch (const Error& failure) {
    base::trace("owners are shown as numbers: {}", failure.what());
  }
  return names;
}

}  // namespace

Accounts::Accounts(const mount::GuestRoot& root)
    : users_(read_names(root, "/etc/passwd")), groups_(read_names(root, "/etc/group")) {}

const std::string* Accounts::find(const Names& names, id_t id) {
  const auto found = names.find(id);
  return found == names.end() ? nullptr : &found->second;
}

std::optional<id_t> Accounts::find_id(const Names& names, const std::string& name) {
  for (const auto& [id, known] : names)
    if (known == name) return id;
  return std::nullopt;
}

}  // namespace vmcraft::file
