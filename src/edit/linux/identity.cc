// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/linux/identity.h"

#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "edit/linux/firstboot.h"
#include "edit/linux/guest_text.h"
#include "file/path.h"
#include "inspect/files.h"

namespace vmcraft::edit {
namespace {

using mount::GuestRoot;

constexpr std::size_t kLongestHostname = 64;  // HOST_NAME_MAX
constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kSeedBytes = 512;

// Without keys sshd has failed to start by then.
constexpr const char* kMakeHostkeys = R"(#!/bin/sh
ssh-keygen -A
if [ -d /run/systemd/system ]; then
  systemctl is-enabled -q ssh.service && systemctl restart ssh.service
else
  service ssh restart
fi
)";

void set_variable(const GuestRoot& root, const std::string& path, const std::string& name, const std::string& value) {
  const std::string text = read_guest_text(root, path).value_or("");
  write_guest_text(root, path, with_variable(text, name, value));
}

std::string first_label(const std::string& name) { return name.substr(0, name.find('.')); }

// In a line of a hosts file, behind the address.
std::string renamed_line(const std::string& line, const std::string& old_name, const std::string& new_name) {
  const std::string_view blanks = " \t";
  const std::size_t comment = std::min(line.find('#'), line.size());
  std::string result;
  bool address = true;
  for (std::size_t at = 0; at < comment;) {
    const std::size_t word = std::min(line.find_first_not_of(blanks, at), comment);
    result += line.substr(at, word - at);
    at = std::min(line.find_first_of(blanks, word), comment);
    const std::string text = line.substr(word, at - word);
    if (address || text.empty()) result += text;
    else if (text == old_name) result += new_name;
    else if (text == first_label(old_name)) result += first_label(new_name);
    else result += text;
    address = address && text.empty();
  }
  return result + line.substr(comment);
}

void check_relative(const std::string& object, const std::string& path) {
  bool good = !path.empty() && path.front() != '/';
  for (const std::string& part : base::split(path, '/')) good = good && !part.empty() && part != "." && part != "..";
  if (!good) base::throw_invalid(path, "is not a name of a " + object);
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t at = 0; at < count;)
    at += static_cast<std::size_t>(base::check(::getrandom(bytes.data() + at, count - at, 0), "random bytes"));
  return bytes;
}

}  // namespace

void check_hostname(const std::string& name) {
  constexpr std::string_view kKnown = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
  bool good = !name.empty() && name.size() <= kLongestHostname && !name.ends_with('.');
  for (const std::string& label : base::split(name, '.'))
    good = good && !label.empty() && label.size() <= kLongestLabel && label.front() != '-' && label.back() != '-' &&
           label.find_first_not_of(kKnown) == std::string::npos;
  if (!good) base::throw_invalid(name, "is not a host name");
}

std::string with_renamed_host(const std::string& hosts, const std::string& old_name, const std::string& new_name) {
  if (old_name.empty() || old_name == "localhost") return hosts;
  std::string result;
  for (std::size_t at = 0; at < hosts.size();) {
    const std::size_t end = hosts.find('\n', at);
    result += renamed_line(hosts.substr(at, end - at), old_name, new_name);
    if (end == std::string::npos) break;
    result += '\n';
    at = end + 1;
  }
  return result;
}

std::string with_variable(const std::string& text, const std::string& name, const std::string& value) {
  const bool plain = value.find_first_of(" \t'\"\\$`#;&|<>()*?~!") == std::string::npos;
  const std::string wanted = name + "=" + (plain ? value : "\"" + value + "\"");
  std::string result;
  bool done = false;
  for (const std::string& line : base::split_lines(text)) {
    const bool same = base::trim(line).starts_with(name + "=");
    if (same && done) continue;
    if (same && inspect::variable(inspect::shell_variables(line), name) == value) result += line + "\n";
    else result += (same ? wanted : line) + "\n";
    done = done || same;
  }
  if (done && !text.ends_with('\n')) result.pop_back();
  return done ? result : result + wanted + "\n";
}

void set_hostname(const GuestRoot& root, const std::string& name) {
  check_hostname(name);
  const std::string network = "/etc/sysconfig/network";
  const std::string network_text = inspect::content(root, network).value_or("");
  const std::string network_name = inspect::variable(inspect::shell_variables(network_text), "HOSTNAME");
  const std::string old_name = inspect::first_line(root, "/etc/hostname").value_or(network_name);
  if (!network_name.empty()) set_variable(root, network, "HOSTNAME", name);
  if (network_name.empty() || inspect::exists(root, "/etc/hostname"))
    write_guest_text(root, "/etc/hostname", name + "\n");
  const auto old_suse = root.lstat("/etc/HOSTNAME");
  if (old_suse && S_ISREG(old_suse->st_mode)) write_guest_text(root, "/etc/HOSTNAME", name + "\n");
  if (const auto hosts = read_guest_text(root, "/etc/hosts"))
    write_guest_text(root, "/etc/hosts", with_renamed_host(*hosts, old_name, name));
}

void set_timezone(const GuestRoot& root, const std::string& zone) {
  check_relative("time zone", zone);
  const std::string file = "/usr/share/zoneinfo/" + zone;
  if (!inspect::is_file(root, file)) base::throw_errno(file, ENOENT);
  const auto localtime = root.lstat("/etc/localtime");
  if (localtime && S_ISDIR(localtime->st_mode)) base::throw_invalid("/etc/localtime", "is a folder");
  write_guest_link(root, "/etc/localtime", ".." + file);
  if (inspect::exists(root, "/etc/timezone")) write_guest_text(root, "/etc/timezone", zone + "\n");
  const std::string clock = "/etc/sysconfig/clock";
  if (inspect::exists(root, clock)) set_variable(root, clock, "ZONE", zone);
}

void set_locale(const GuestRoot& root, const std::string& locale) {
  constexpr std::string_view kKnown = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.@";
  if (locale.empty() || locale.find_first_not_of(kKnown) != std::string::npos)
    base::throw_invalid(locale, "is not a name of a locale");
  // Where Debian has both, one is a link to the other.
  std::string path = "/etc/locale.conf";
  if (inspect::exists(root, "/etc/default/locale") || inspect::exists(root, "/etc/debian_version")) {
    path = "/etc/default/locale";
    make_guest_folder(root, "/etc/default");
  } else if (!inspect::exists(root, path) && inspect::exists(root, "/etc/sysconfig/i18n")) {
    path = "/etc/sysconfig/i18n";
  }
  set_variable(root, path, "LANG", locale);
}

void reset_machine_id(const GuestRoot& root) {
  if (root.stat("/etc/machine-id")) write_guest_text(root, "/etc/machine-id", "");
  const std::string dbus = "/var/lib/dbus/machine-id";
  const auto st = root.lstat(dbus);
  if (st && S_ISREG(st->st_mode)) remove_guest_file(root, dbus);
}

std::vector<std::string> reset_ssh_hostkeys(const GuestRoot& root) {
  std::vector<std::string> removed;
  for (const std::string& name : inspect::names_in(root, "/etc/ssh")) {
    if (!name.starts_with("ssh_host_")) continue;
    const std::string path = "/etc/ssh/" + name;
    const auto st = root.lstat(path);
    if (st && !S_ISDIR(st->st_mode) && remove_guest_file(root, path)) removed.push_back(path);
  }
  std::sort(removed.begin(), removed.end());
  // Red Hat, SUSE and Arch have a service that makes keys; on Debian only the package's installation does.
  if (!removed.empty() && inspect::exists(root, "/etc/debian_version"))
    add_firstboot_script(root, "ssh host keys", kMakeHostkeys, Again::no);
  return removed;
}

void reset_random_seed(const GuestRoot& root) {
  constexpr std::array kFiles = {"/var/lib/systemd/random-seed", "/var/lib/random-seed", "/var/lib/urandom/random-seed",
                                 "/var/lib/misc/random-seed", "/var/lib/seedrng/seed.no-credit"};
  bool written = false;
  for (const char* path : kFiles)
    if (inspect::is_file(root, path)) written = write_guest_text(root, path, random_bytes(kSeedBytes), {.mode = 0600});
  if (!written && inspect::is_directory(root, "/var/lib/systemd"))
    write_guest_text(root, "/var/lib/systemd/random-seed", random_bytes(kSeedBytes), {.mode = 0600});
}

}  // namespace vmcraft::edit
