// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/volume_md.h"

#include "handle/handle.h"

namespace vmcraft {

using handle::Handle;

std::vector<std::string> action::list_md_devices(Handle& h) {
  std::vector<std::string> names;
  for (const auto& array : h.devices().stack().arrays().arrays()) names.push_back(array->device());
  return names;
}

}  // namespace vmcraft
