// SPDX-License-Identifier: LGPL-3.0-or-later
#include <acl/libacl.h>
#include <fcntl.h>
#include <sys/acl.h>
#include <sys/capability.h>

#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "file/accounts.h"
#include "file/proc_path.h"
#include "file/xattr.h"

namespace vmcraft::file {
namespace {

struct FreeAcl {
  using pointer = acl_t;
  void operator()(acl_t acl) const noexcept { ::acl_free(acl); }
};
using Acl = std::unique_ptr<acl_t, FreeAcl>;
struct FreeCap {
  using pointer = cap_t;
  void operator()(cap_t cap) const noexcept { ::cap_free(cap); }
};
using Cap = std::unique_ptr<cap_t, FreeCap>;

acl_type_t parse_type(const std::string& type) {
  if (type == "access") return ACL_TYPE_ACCESS;
  if (type == "default") return ACL_TYPE_DEFAULT;
  base::throw_invalid(type, "not access or default");
}

// libacl would look names up among the users of this machine.
std::string with_numbers(const Accounts& accounts, const std::string& text) {
  std::string result;
  std::string separated = text;
  for (char& c : separated)
    if (c == ',') c = '\n';
  for (const std::string& line : base::split_lines(separated)) {
    const std::string entry(base::trim(line.substr(0, line.find('#'))));
    auto fields = base::split(entry, ':');
    const std::size_t at = !fields.empty() && (fields[0] == "default" || fields[0] == "d") ? 1 : 0;
    if (fields.size() > at + 1 && !fields[at + 1].empty() &&
        !base::parse_number<id_t>(fields[at + 1])) {
      const bool user = fields[at].starts_with('u');
      const auto id = user ? accounts.user_id(fields[at + 1]) : accounts.group_id(fields[at + 1]);
      if (!id) base::throw_invalid(fields[at + 1], "not known to the guest");
      fields[at + 1] = std::to_string(*id);
    }
    result += base::join(fields, ":") + "\n";
  }
  return result;
}

std::optional<std::string> to_text(const Acl& acl) {
  char* text = ::acl_to_any_text(acl.get(), nullptr, '\n', TEXT_NUMERIC_IDS);
  if (text == nullptr) return std::nullopt;
  std::string copy = text;
  ::acl_free(text);
  return copy.empty() ? copy : copy + "\n";
}

}  // namespace

std::optional<std::string> get_acl(int file, bool is_default) {
  const Acl acl(
      ::acl_get_file(proc_path(file).c_str(), is_default ? ACL_TYPE_DEFAULT : ACL_TYPE_ACCESS));
  return acl ? to_text(acl) : std::nullopt;
}

bool has_extended_acl(int file) { return ::acl_extended_file(proc_path(file).c_str()) == 1; }

bool set_acl(int file, bool is_default, const std::string& text) {
  const Acl acl(::acl_from_text(text.c_str()));
  return acl && ::acl_set_file(proc_path(file).c_str(),
                               is_default ? ACL_TYPE_DEFAULT : ACL_TYPE_ACCESS, acl.get()) == 0;
}

std::string get_acl(const mount::GuestRoot& root, const std::string& path,
                    const std::string& type) {
  const bool is_default = parse_type(type) == ACL_TYPE_DEFAULT;
  const base::UniqueFd node = root.open(path, O_PATH);
  auto text = get_acl(node.get(), is_default);
  if (!text) base::throw_errno(path);
  return std::move(*text);
}

void set_acl(const mount::GuestRoot& root, const std::string& path, const std::string& type,
             const std::string& text) {
  const acl_type_t kind = parse_type(type);
  const Acl acl(::acl_from_text(with_numbers(Accounts(root), text).c_str()));
  if (!acl || ::acl_valid(acl.get()) != 0) base::throw_invalid(text, "not an ACL");
  const base::UniqueFd node = root.open(path, O_PATH);
  base::check(::acl_set_file(proc_path(node.get()).c_str(), kind, acl.get()), path);
}

void delete_default_acl(const mount::GuestRoot& root, const std::string& path) {
  const base::UniqueFd directory = root.open(path, O_PATH | O_DIRECTORY);
  base::check(::acl_delete_def_file(proc_path(directory.get()).c_str()), path);
}

std::string get_capabilities(const mount::GuestRoot& root, const std::string& path) {
  const base::UniqueFd file = root.open_regular(path, O_RDONLY);
  const Cap caps(::cap_get_fd(file.get()));
  if (!caps) {
    if (errno == ENODATA || errno == ENOTSUP) return {};
    base::throw_errno(path);
  }
  char* text = ::cap_to_text(caps.get(), nullptr);
  if (text == nullptr) base::throw_errno(path);
  std::string copy = text;
  ::cap_free(text);
  return copy;
}

void set_capabilities(const mount::GuestRoot& root, const std::string& path,
                      const std::string& text) {
  const Cap caps(::cap_from_text(text.c_str()));
  if (!caps) base::throw_invalid(text, "not a set of capabilities");
  const base::UniqueFd file = root.open_regular(path, O_RDONLY);
  base::check(::cap_set_fd(file.get(), caps.get()), path);
}

}  // namespace vmcraft::file
