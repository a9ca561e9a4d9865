// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/linux/homes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "edit/linux/guest_text.h"
#include "file/attributes.h"
#include "file/copy.h"
#include "file/remove.h"
#include "file/walk.h"
#include "inspect/files.h"

namespace vmcraft::edit {
namespace {

using mount::GuestRoot;

class OwnerChange : public file::Visitor {
 public:
  explicit OwnerChange(const User& user) : user_(user) {}
  void file(const file::Found& found) override { change(found); }
  bool enter(const file::Found& found) override {
    change(found);
    return true;
  }

 private:
  void change(const file::Found& found) const {
    base::check(::fchownat(found.directory, found.name, static_cast<uid_t>(user_.uid), static_cast<gid_t>(user_.gid),
                           AT_SYMLINK_NOFOLLOW),
                found.path);
  }
  const User& user_;
};

void own(const GuestRoot& root, const std::string& path, const User& user, mode_t mode) {
  const base::UniqueFd folder = root.open_directory(path);
  base::check(::fchown(folder.get(), static_cast<uid_t>(user.uid), static_cast<gid_t>(user.gid)), path);
  base::check(::fchmod(folder.get(), mode), path);
}

std::string parent_of(const std::string& path) { return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)); }

std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

// The kinds of sshd(8), and those of certificate authorities behind options.
bool is_key(std::string_view line) {
  for (const std::string& word : base::split_blanks(line))
    for (const std::string_view kind : {"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"})
      if (word.starts_with(kind)) return true;
  return false;
}

std::vector<std::string> key_lines(const std::string& keys) {
  std::vector<std::string> lines;
  for (const std::string& raw : base::split_lines(keys)) {
    const std::string line(base::trim(raw));
    if (line.empty() || line[0] == '#') continue;
    if (!is_key(line)) base::throw_invalid("pubkey", "has a line that is no public key of ssh");
    lines.push_back(line);
  }
  if (lines.empty()) base::throw_invalid("pubkey", "has no public key of ssh");
  return lines;
}

void make_ssh_folder(const GuestRoot& root, const std::string& folder, const User& user) {
  const auto st = root.lstat(folder);
  if (st && !S_ISDIR(st->st_mode)) base::throw_invalid(folder, "is no folder, and links are not followed");
  if (st) return;
  const GuestRoot::Entry entry = root.entry(folder);
  base::check(::mkdirat(entry.directory.get(), entry.name.c_str(), 0700), folder);
  own(root, folder, user, 0700);
}

}  // namespace

void make_home(const GuestRoot& root, const User& user) {
  if (!user.home.starts_with('/')) base::throw_invalid(user.home, "is not the path of a home");
  const std::string home = without_slashes(user.home);
  if (root.lstat(home)) return;
  make_guest_folder(root, parent_of(home));
  if (inspect::is_directory(root, "/etc/skel")) file::copy_tree(root, "/etc/skel", home, file::Keep::all, {});
  else make_guest_folder(root, home, 0700);
  own(root, home, user, 0700);
  OwnerChange change(user);
  file::walk(root.open_directory(home), home, change);
}

bool remove_home(const GuestRoot& root, const User& user) {
  for (const char* folder : {"/var/mail/", "/var/spool/mail/"})
    if (inspect::is_file(root, folder + user.name)) remove_guest_file(root, folder + user.name);
  const std::string home = without_slashes(user.home);
  const auto st = home.starts_with('/') && home != "/" ? root.lstat(home) : std::nullopt;
  if (!st || !S_ISDIR(st->st_mode) || st->st_uid != static_cast<uid_t>(user.uid)) return false;
  file::remove_tree(root, home, {});
  return true;
}

std::string with_authorized_keys(const std::string& text, const std::string& keys) {
  std::string result = text;
  std::vector<std::string> known = base::split_lines(text);
  for (std::string& line : known) line = base::trim(line);
  for (const std::string& line : key_lines(keys)) {
    if (std::find(known.begin(), known.end(), line) != known.end()) continue;
    if (!result.empty() && !result.ends_with('\n')) result += '\n';
    result += line + "\n";
    known.push_back(line);
  }
  return result;
}

bool add_authorized_keys(const GuestRoot& root, const User& user, const std::string& keys) {
  key_lines(keys);
  if (!user.home.starts_with('/') || !inspect::is_directory(root, user.home))
    base::throw_errno("home of user " + user.name + ": " + user.home, ENOENT);
  const std::string folder = without_slashes(user.home) + "/.ssh";
  make_ssh_folder(root, folder, user);
  const std::string path = folder + "/authorized_keys";
  const auto st = root.lstat(path);
  if (st && !S_ISREG(st->st_mode)) base::throw_invalid(path, "is no regular file, and links are not followed");
  const std::string text = read_guest_text(root, path).value_or("");
  return write_guest_text(root, path, with_authorized_keys(text, keys),
                          {0600, static_cast<uid_t>(user.uid), static_cast<gid_t>(user.gid)});
}

}  // namespace vmcraft::edit
