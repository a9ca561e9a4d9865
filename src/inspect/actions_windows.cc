// SPDX-License-Identifier: LGPL-3.0-or-later
// What the registry said when the guest was inspected.
#include "actions/inspect.h"
#include "base/error.h"
#include "handle/handle.h"
#include "inspect/systems.h"

namespace vmcraft {
namespace {

using handle::Handle;
using inspect::OperatingSystem;
using Text = std::string;

const OperatingSystem& system_of(Handle& h, const Text& root) {
  if (!h.systems) base::throw_state("inspection", "has not run; call inspect_os first");
  return inspect::find_system(*h.systems, root);
}

const OperatingSystem& windows_of(Handle& h, const Text& root) {
  const OperatingSystem& os = system_of(h, root);
  if (os.type != "windows") base::throw_invalid(root, "not a Windows");
  return os;
}

Text required(const Text& root, const Text& value) {
  if (value.empty()) base::throw_errno(root, ENOENT);
  return value;
}

}  // namespace

Text action::inspect_get_windows_system_hive(Handle& h, const Text& root) {
  return required(root, windows_of(h, root).windows_system_hive);
}

Text action::inspect_get_windows_software_hive(Handle& h, const Text& root) {
  return required(root, windows_of(h, root).windows_software_hive);
}

Text action::inspect_get_windows_current_control_set(Handle& h, const Text& root) {
  return required(root, windows_of(h, root).windows_current_control_set);
}

bool action::inspect_get_windows_group_policy(Handle& h, const Text& root) {
  return windows_of(h, root).windows_group_policy;
}

HashTable action::inspect_get_drive_mappings(Handle& h, const Text& root) {
  return system_of(h, root).drive_mappings;
}

}  // namespace vmcraft
