// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/local.h"

#include "base/error.h"
#include "handle/handle.h"
#include "local/fuse_mount.h"

namespace vmcraft {
namespace {

using handle::Handle;

std::shared_ptr<handle::LocalMount> current(Handle& h) {
  const std::lock_guard lock(h.local_mount_mutex);
  if (!h.local_mount) base::throw_state("local mount", "there is none; call mount_local first");
  return h.local_mount;
}

void forget(Handle& h) {
  const std::lock_guard lock(h.local_mount_mutex);
  h.local_mount.reset();
}

}  // namespace

void action::mount_local(Handle& h, const std::string& folder, const MountLocalOptions& options) {
  const std::lock_guard lock(h.local_mount_mutex);
  if (h.local_mount) base::throw_errno("local mount", EBUSY);
  local::MountSpec spec;
  spec.folder = folder;
  spec.readonly = options.readonly.value_or(false);
  spec.options = options.options.value_or("");
  if (options.cachetimeout) spec.cache_seconds = *options.cachetimeout;
  if (spec.cache_seconds < 0) base::throw_invalid("cachetimeout", "must not be negative");
  spec.debug_calls = options.debugcalls.value_or(false);
  h.local_mount = std::make_shared<local::FuseMount>(h, spec);
}

void action::mount_local_run(Handle& h) {
  const auto mount = current(h);
  try {
    mount->run();
  } catch (...) {
    forget(h);
    throw;
  }
  forget(h);
}

void action::umount_local(Handle& h, const UmountLocalOptions& options) {
  current(h)->unmount(options.retry.value_or(false));
}

}  // namespace vmcraft
