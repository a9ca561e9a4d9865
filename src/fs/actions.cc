// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/fs.h"

#include "handle/tool.h"

namespace vmcraft {

using handle::Handle;
using handle::Tool;

void action::wipefs(Handle& h, const std::string& device) {
  Tool(h, "wipefs").args("-a", "-f").writes(device).run();
}

}  // namespace vmcraft
