// SPDX-License-Identifier: LGPL-3.0-or-later
// Commands that hand a file of the guest to a program of the host.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "base/temp.h"
#include "shell/builtin.h"
#include "shell/local.h"
#include "shell/syntax.h"
#include "shell/usage_error.h"

namespace vmcraft::shell::builtin {
namespace {

std::string program(const char* variable, const char* otherwise) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

/// A local folder for one file of the guest, under the file's own last name.
std::string local_name(const base::TempDir& folder, const std::string& remote) {
  const std::size_t slash = remote.rfind('/');
  const std::string last = remote.substr(slash == std::string::npos ? 0 : slash + 1);
  return folder.path() + "/" + (last.empty() || last == "." || last == ".." ? "file" : last);
}

void run_program(const std::string& command, const std::string& file) {
  const int status = run_local(command + " " + shell_quoted(file));
  if (status != 0) throw UsageError(command + ": " + base::describe_status(status));
}

struct Times {
  timespec modified;
  timespec changed;
  off_t size_bytes;
};

Times times_of(const std::string& file) {
  struct stat status = {};
  base::check(::stat(file.c_str(), &status), file);
  return {status.st_mtim, status.st_ctim, status.st_size};
}

bool differs(const Times& a, const Times& b) {
  return a.size_bytes != b.size_bytes || a.modified.tv_sec != b.modified.tv_sec ||
         a.modified.tv_nsec != b.modified.tv_nsec || a.changed.tv_sec != b.changed.tv_sec ||
         a.changed.tv_nsec != b.changed.tv_nsec;
}

/// Puts a local file in the place of a guest's, with the attributes of the old one.
void replace(GuestFS& g, const std::string& local, const std::string& remote) {
  const std::string fresh = g.mktemp(remote + ".XXXXXX");
  try {
    g.upload(local, fresh);
    CopyAttributesOptions options;
    options.all = true;
    g.copy_attributes(remote, fresh, options);
    g.mv(fresh, remote);
  } catch (const Error&) {
    g.rm_f(fresh);
    throw;
  }
}

}  // namespace

void edit(Session& session, const std::string& name, const Words& words) {
  GuestFS& g = session.guest();
  const std::string remote = g.is_symlink(words[0]) ? g.realpath(words[0]) : words[0];
  const base::TempDir folder;
  const std::string local = local_name(folder, remote);
  g.download(remote, local);
  const Times before = times_of(local);
  run_program(name == "edit" ? program("EDITOR", "vi") : name, local);
  if (differs(before, times_of(local))) replace(g, local, remote);
}

void more(Session& session, const std::string& name, const Words& words) {
  const base::TempDir folder;
  const std::string local = local_name(folder, words[0]);
  session.guest().download(words[0], local);
  run_program(name == "less" ? name : program("PAGER", "more"), local);
}

void display(Session& session, const std::string&, const Words& words) {
  const base::TempDir folder;
  const std::string local = local_name(folder, words[0]);
  session.guest().download(words[0], local);
  run_program(program("GUESTFISH_DISPLAY_IMAGE", "display"), local);
}

void hexedit(Session& session, const std::string& name, const Words& words) {
  GuestFS& g = session.guest();
  const auto number = [&](const std::string& text) {
    const auto value = parse_size(text);
    if (!value || *value < 0) throw UsageError(name + ": " + text + ": not a number");
    return *value;
  };
  const std::int64_t offset = words.size() == 3 ? number(words[1]) : 0;
  std::int64_t size = words.size() > 1                ? number(words.back())
                      : words[0].starts_with("/dev/") ? g.blockdev_getsize64(words[0])
                                                      : g.filesize(words[0]);
  const base::TempDir folder;
  const std::string local = local_name(folder, words[0]);
  g.download_offset(words[0], local, offset, size);
  const Times before = times_of(local);
  run_program(program("HEXEDITOR", "hexedit"), local);
  if (differs(before, times_of(local))) g.upload_offset(local, words[0], offset);
}

}  // namespace vmcraft::shell::builtin
