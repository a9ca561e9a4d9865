// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/linux/relabel.h"

#include "base/error.h"
#include "base/trace.h"
#include "edit/linux/guest_text.h"
#include "inspect/files.h"
#include "run/labels.h"

namespace vmcraft::edit {
namespace {

const std::string kConfig = "/etc/selinux/config";

bool label_now(mount::Table& mounts, const std::string& type, const std::function<void()>& while_running) {
  try {
    if (type.empty() || type.find('/') != std::string::npos) base::throw_invalid(kConfig, "names no policy");
    run::label_files(mounts, {"/etc/selinux/" + type + "/contexts/files/file_contexts", {"/"}, {}, true}, while_running);
    return true;
  } catch (const Error& failure) {
    if (failure.code() == ErrorCode::cancelled) throw;
    base::trace("relabel: left to the guest: {}", failure.what());
    return false;
  }
}

}  // namespace

bool relabel_guest(mount::Table& mounts, const std::function<void()>& while_running) {
  const auto config = inspect::content(mounts.root(), kConfig);
  if (!config) base::throw_errno(kConfig, ENOENT);
  const std::string type = inspect::variable(inspect::shell_variables(*config), "SELINUXTYPE");
  if (label_now(mounts, type, while_running)) return true;
  write_guest_text(mounts.root(), "/.autorelabel", "");
  return false;
}

}  // namespace vmcraft::edit
