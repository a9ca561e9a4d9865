// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/edit_linux.h"
#include "edit/linux/sysprep.h"
#include "handle/handle.h"

namespace vmcraft {

std::vector<SysprepOperation> action::sysprep_list(handle::Handle&) {
  std::vector<SysprepOperation> list;
  for (const edit::SysprepOperation& operation : edit::sysprep_operations())
    list.push_back({operation.name, operation.usual ? 1 : 0, operation.brief});
  return list;
}

std::vector<std::string> action::sysprep_apply(handle::Handle& h, const std::string& operation,
                                               const SysprepApplyOptions& options) {
  const edit::SysprepUsers users{options.keepusers.value_or(std::vector<std::string>()),
                                 options.removeusers.value_or(std::vector<std::string>())};
  return edit::apply_sysprep(h.root(), operation, users, [&h] { h.check_cancelled(); });
}

}  // namespace vmcraft
