// SPDX-License-Identifier: LGPL-3.0-or-later
// btrfs on devices that are not mounted.
#include "actions/fs.h"
#include "base/error.h"
#include "fs/make.h"
#include "handle/tool.h"

namespace vmcraft {

using handle::Handle;
using handle::Tool;

void action::mkfs_btrfs(Handle& h, const std::vector<std::string>& devices,
                        const MkfsBtrfsOptions& options) {
  if (devices.empty()) base::throw_invalid("devices", "is empty");
  Tool tool(h, fs::mkfs_btrfs_command(options));
  for (const std::string& device : devices) tool.writes(device);
  tool.run();
}

}  // namespace vmcraft
