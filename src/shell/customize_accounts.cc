// SPDX-License-Identifier: LGPL-3.0-or-later
// Steps of customize for users: their passwords and keys.
#include <fmt/format.h>
#include <glob.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "base/error.h"
#include "base/fd.h"
#include "base/secret.h"
#include "base/text.h"
#include "shell/customize.h"
#include "shell/usage_error.h"

namespace vmcraft::shell::customize {
namespace {

struct Selector {
  bool locked = false;
  bool random = false;
  std::optional<std::string> password;  ///< nothing: none fits
};

// password:PW, file:FILE, random, disabled; each may have "locked:" before it, and "locked" is "locked:disabled".
Selector parse_selector(const std::string& option, const std::string& text) {
  Selector selector;
  std::string rest = text;
  if (rest == "locked") rest = "locked:disabled";
  if (rest.starts_with("locked:")) {
    selector.locked = true;
    rest.erase(0, 7);
  }
  if (rest.starts_with("password:")) selector.password = rest.substr(9);
  else if (rest.starts_with("file:")) selector.password = first_line_of(rest.substr(5));
  else if (rest == "random") selector.random = true;
  else if (rest != "disabled")
    throw UsageError("--" + option + ": must be password:PASSWORD, file:FILE, random or disabled, with locked: before it "
                     "where the user is not to log in by it yet");
  return selector;
}

// 16 of 55 letters and digits that are not taken for one another: 92 bits.
std::string random_password() {
  constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
  constexpr unsigned kFair = 256 - 256 % kLetters.size();
  std::string password;
  while (password.size() < 16) {
    unsigned char byte = 0;
    base::check(::getrandom(&byte, 1, 0), "random bytes");
    if (byte < kFair) password += kLetters[byte % kLetters.size()];
  }
  return password;
}

void set_password(Customizer& c, const std::string& option, const std::string& user, const std::string& text) {
  Selector selector = parse_selector(option, text);
  if (selector.random) {
    selector.password = random_password();
    // Nobody else knows it: it is said even where all else is quiet.
    c.announce(fmt::format("Setting random password of {} to {}", user, *selector.password));
  } else {
    c.say("Setting the password of " + user);
  }
  UserPasswordOptions options;
  options.password = selector.password;
  options.locked = selector.locked;
  if (!c.crypto.empty()) options.crypto = c.crypto;
  c.g.user_password(user, options);
  if (selector.password) base::wipe(*selector.password);
  if (options.password) base::wipe(*options.password);
}

// As ssh-copy-id: the key of this user that was made last.
std::string own_key() {
  const char* home = std::getenv("HOME");
  glob_t found{};
  const std::string pattern = std::string(home != nullptr ? home : "") + "/.ssh/id*.pub";
  ::glob(pattern.c_str(), 0, nullptr, &found);
  std::string newest;
  time_t time = -1;
  for (std::size_t i = 0; i < found.gl_pathc; ++i) {
    struct stat st {};
    const std::string path = found.gl_pathv[i];
    if (path.ends_with("-cert.pub") || ::stat(path.c_str(), &st) < 0 || st.st_mtime <= time) continue;
    time = st.st_mtime;
    newest = path;
  }
  ::globfree(&found);
  if (newest.empty()) throw UsageError("--ssh-inject: there is no key " + pattern);
  return base::read_text_file(newest);
}

// User and key of USER[:SELECTOR].
std::pair<std::string, std::string> split_key(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string user = text.substr(0, colon);
  const std::string selector = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (selector.empty()) return {user, own_key()};
  if (selector.starts_with("file:")) return {user, base::read_text_file(selector.substr(5))};
  if (selector.starts_with("string:")) return {user, selector.substr(7)};
  throw UsageError("--ssh-inject: " + text + ": must be USER, USER:file:FILE or USER:string:KEY");
}

}  // namespace

std::string first_line_of(const std::string& file) {
  std::string text = base::read_text_file(file);
  text.resize(std::min(text.find('\n'), text.size()));
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

void check_password(const Words& words) { parse_selector("password", words[1]); }
void check_root_password(const Words& words) { parse_selector("root-password", words[0]); }

void check_crypto(const Words& words) {
  for (const char* known : {"md5", "sha256", "sha512", "yescrypt"})
    if (words[0] == known) return;
  throw UsageError("--password-crypto: " + words[0] + ": must be md5, sha256, sha512 or yescrypt");
}

void check_ssh_inject(const Words& words) { split_key(words[0]); }

void password(Customizer& c, const Words& words) { set_password(c, "password", words[0], words[1]); }
void root_password(Customizer& c, const Words& words) { set_password(c, "root-password", "root", words[0]); }

void password_crypto(Customizer& c, const Words& words) { c.crypto = words[0]; }

void ssh_inject(Customizer& c, const Words& words) {
  const auto [user, key] = split_key(words[0]);
  c.say("SSH key inject: " + user);
  c.g.ssh_inject(user, key);
}

void user_add(Customizer& c, const Words& words) {
  c.say("Adding user: " + words[0]);
  UserAddOptions options;
  if (!words[1].empty()) options.groups = base::split(words[1], ',');
  c.g.user_add(words[0], options);
}

void user_remove(Customizer& c, const Words& words) {
  c.say("Removing user: " + words[0]);
  UserRemoveOptions options;
  options.removehome = true;
  c.g.user_remove(words[0], options);
}

}  // namespace vmcraft::shell::customize
