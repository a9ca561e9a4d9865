// SPDX-License-Identifier: LGPL-3.0-or-later
#include <fcntl.h>
#include <sys/wait.h>

#include "actions/fs.h"
#include "base/error.h"
#include "fs/xfs.h"
#include "handle/file_system.h"
#include "handle/tool.h"

namespace vmcraft {

using handle::Device;
using handle::Handle;
using handle::Tool;

HashTable action::xfs_info2(Handle& h, const std::string& pathordevice) {
  if (!handle::is_device_name(pathordevice)) {
    const base::UniqueFd top = h.root().open_directory(pathordevice);
    return fs::mounted_xfs_info(top.get(), pathordevice,
                                handle::device_below(h, top.get(), pathordevice).name);
  }
  const Device device = h.devices().find(pathordevice);
  // The superblock on the disk is behind where it is mounted.
  if (const auto top = handle::open_mounted(h, device))
    return fs::mounted_xfs_info(top->get(), device.name, device.name);
  return fs::parse_xfs_info(Tool(h, "xfs_db").args("-r", "-c", "info").reads(device.name).run());
}

Xfsinfo action::xfs_info(Handle& h, const std::string& pathordevice) {
  return fs::xfs_struct(xfs_info2(h, pathordevice));
}

void action::xfs_growfs(Handle& h, const std::string& path, const XfsGrowfsOptions& options) {
  const base::UniqueFd top = h.root().open_directory(path);
  const std::uint64_t size_bytes = handle::device_below(h, top.get(), path).extent.size_bytes;
  fs::grow_xfs(top.get(), path, size_bytes, options);
}

void action::xfs_admin(Handle& h, const std::string& device, const XfsAdminOptions& options) {
  Tool(h, fs::xfs_admin_command(options)).writes(device).run();
}

int action::xfs_repair(Handle& h, const std::string& device, const XfsRepairOptions& options) {
  const std::vector<std::string> argv = fs::xfs_repair_command(options);
  const bool readonly = options.nomodify.value_or(false);
  Tool tool(h, argv);
  for (const auto& [option, name] : {std::pair("-l", options.logdev), {"-r", options.rtdev}})
    if (name) {
      tool.args(option);
      readonly ? tool.reads(*name) : tool.writes(*name);
    }
  base::UniqueFd image;
  if (handle::is_device_name(device)) {
    readonly ? tool.reads(device) : tool.writes(device);
  } else {
    image = h.root().open_regular(device, readonly ? O_RDONLY : O_RDWR);
    tool.args("-f").opened(image.get());
  }
  const base::CommandResult result = tool.attempt();
  const bool judged = WIFEXITED(result.status) && (readonly || WEXITSTATUS(result.status) != 1);
  if (!judged) base::require_success({.argv = argv, .input = {}, .environment = {}}, result);
  return WEXITSTATUS(result.status);
}

}  // namespace vmcraft
