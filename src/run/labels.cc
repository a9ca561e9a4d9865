// SPDX-License-Identifier: LGPL-3.0-or-later
#include "run/labels.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/temp.h"
#include "base/text.h"
#include "run/program.h"

namespace vmcraft::run {
namespace {

// setfiles reads these beside the specfile it is given.
constexpr std::array kCompanions = {"", ".homedirs", ".local", ".subs", ".subs_dist"};

void copy_out(const mount::GuestRoot& root, const std::string& path, const std::string& to) {
  const base::UniqueFd file = root.open_regular(path, O_RDONLY);
  const std::string text = base::read_text_fd(file.get(), path);
  const base::UniqueFd copy = base::open_file(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
  base::write_full(copy.get(), base::as_bytes(text));
}

// The specfile where no link of the guest can lead the program elsewhere.
std::string copy_specfile(const mount::GuestRoot& root, const std::string& specfile,
                          const base::TempDir& folder) {
  for (const char* end : kCompanions)
    if (*end == '\0' || root.stat(specfile + end))
      copy_out(root, specfile + end, folder.file(std::string("file_contexts") + end));
  return folder.file("file_contexts");
}

}  // namespace

void require_selinux(const std::string& action) {
  for (const std::string& line : base::split_lines(base::read_text_file("/proc/filesystems")))
    if (line.ends_with("selinuxfs")) return;
  base::throw_not_supported(action, "this kernel has no SELinux");
}

std::string own_context() {
  std::string context = base::read_text_file("/proc/thread-self/attr/current");
  while (!context.empty() && (context.back() == '\0' || context.back() == '\n')) context.pop_back();
  return context;
}

void check_context(const std::string& context) {
  const base::UniqueFd file = base::open_file("/proc/thread-self/attr/exec", O_WRONLY);
  if (context.empty()) return;
  if (::write(file.get(), context.data(), context.size()) < 0) base::throw_errno(context);
  if (::write(file.get(), "\n", 1) < 0) base::throw_errno(context);  // this thread's own programs: as before
}

void label_files(mount::Table& mounts, const LabelSpec& spec,
                 const std::function<void()>& while_running) {
  if (spec.paths.empty()) base::throw_invalid("paths", "are empty");
  const base::TempDir folder;
  const std::string specfile = copy_specfile(mounts.root(), spec.specfile, folder);
  const base::CommandResult result = run_beside_guest(mounts, [&](const GuestPaths& paths) {
    base::Command command;
    command.argv = {"setfiles", "-r", paths.root()};
    if (spec.force) command.argv.emplace_back("-F");
    for (const std::string& path : spec.excludes)
      if (mounts.root().stat(path)) command.argv.insert(command.argv.end(), {"-e", paths.find(path)});
    command.argv.push_back(specfile);
    for (const std::string& path : spec.paths) command.argv.push_back(paths.find(path));
    command.while_running = while_running;
    return command;
  });
  base::require_success({.argv = {"setfiles"}, .input = {}, .environment = {}}, result);
}

}  // namespace vmcraft::run
