// SPDX-License-Identifier: LGPL-3.0-or-later
// Steps of customize that change files.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "base/process.h"
#include "base/text.h"
#include "shell/customize.h"
#include "shell/usage_error.h"

namespace vmcraft::shell::customize {
namespace {

// Decimal unless a 0 stands before it, as in C.
int permissions(const std::string& text) {
  const bool octal = text.size() > 1 && text[0] == '0';
  const auto mode = base::parse_number<int>(octal ? text.substr(1) : text, octal ? 8 : 10);
  if (!mode) throw UsageError("--chmod: " + text + ": not permissions, such as 0644");
  return *mode;
}

std::string last_name(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path.substr(path.rfind('/') + 1);
}

void replace(GuestFS& g, const std::string& path, const std::string& content) {
  const std::string target = g.is_symlink(path) ? g.realpath(path) : path;
  const std::string fresh = g.mktemp(target + ".XXXXXX");
  try {
    g.write(fresh, content);
    CopyAttributesOptions options;
    options.all = true;
    g.copy_attributes(target, fresh, options);
    g.mv(fresh, target);
  } catch (const Error&) {
    g.rm_f(fresh);
    throw;
  }
}

}  // namespace

void check_permissions(const Words& words) { permissions(words[0]); }

void check_local_file(const Words& words) {
  if (::access(words[0].c_str(), R_OK) < 0) base::throw_errno(words[0]);
}

void append_line(Customizer& c, const Words& words) {
  c.say("Appending line to " + words[0]);
  c.g.append_line(words[0], words[1]);
}

void chmod(Customizer& c, const Words& words) {
  c.say(fmt::format("Changing permissions of {} to {}", words[1], words[0]));
  c.g.chmod(permissions(words[0]), words[1]);
}

void copy(Customizer& c, const Words& words) {
  c.say(fmt::format("Copying (in image): {} to {}", words[0], words[1]));
  c.g.cp_a(words[0], words[1]);
}

void copy_in(Customizer& c, const Words& words) {
  c.say(fmt::format("Copying: {} to {}", words[0], words[1]));
  c.g.copy_in(words[0], words[1]);
}

void remove(Customizer& c, const Words& words) {
  c.say("Deleting: " + words[0]);
  for (const std::string& path : c.g.glob_expand(words[0])) c.g.rm_rf(path);
}

void edit(Customizer& c, const Words& words) {
  c.say("Editing: " + words[0]);
  base::Command perl;
  perl.argv = {"perl", "-e", "our $lineno = 0; while (<STDIN>) { ++$lineno; " + words[1] + "\n; print STDOUT $_ or die $!; }"};
  if (!base::find_program("perl")) throw UsageError("--edit: the program perl is not installed here (package perl)");
  const std::string before = c.g.read_file(words[0]);
  perl.input = before;
  const std::string after = base::run_or_throw(base::system_runner(), perl);
  if (after != before) replace(c.g, words[0], after);
}

void link(Customizer& c, const Words& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    c.say(fmt::format("Linking: {} -> {}", words[i], words[0]));
    c.g.ln_sf(words[0], words[i]);
  }
}

void mkdir(Customizer& c, const Words& words) {
  c.say("Making directory: " + words[0]);
  c.g.mkdir_p(words[0]);
}

void move(Customizer& c, const Words& words) {
  c.say(fmt::format("Moving: {} -> {}", words[0], words[1]));
  c.g.mv(words[0], words[1]);
}

void scrub(Customizer& c, const Words& words) {
  c.say("Scrubbing: " + words[0]);
  c.g.scrub_file(words[0]);
}

void touch(Customizer& c, const Words& words) {
  c.say("Running touch: " + words[0]);
  c.g.touch(words[0]);
}

void truncate(Customizer& c, const Words& words) {
  c.say("Truncating: " + words[0]);
  c.g.truncate(words[0]);
}

void truncate_recursive(Customizer& c, const Words& words) {
  c.say("Recursively truncating: " + words[0]);
  c.g.truncate_recursive(words[0]);
}

void upload(Customizer& c, const Words& words) {
  c.say(fmt::format("Uploading: {} to {}", words[0], words[1]));
  IsDirOptions follow;
  follow.followsymlinks = true;
  const std::string target = c.g.is_dir(words[1], follow) ? words[1] + "/" + last_name(words[0]) : words[1];
  struct stat st {};
  base::check(::stat(words[0].c_str(), &st), "--upload: " + words[0]);
  c.g.upload(words[0], target);
  c.g.chmod(static_cast<int>(st.st_mode & 07777U), target);
  c.g.chown(static_cast<int>(st.st_uid), static_cast<int>(st.st_gid), target);
}

void write(Customizer& c, const Words& words) {
  c.say("Writing: " + words[0]);
  c.g.write(words[0], words[1]);
}

}  // namespace vmcraft::shell::customize
