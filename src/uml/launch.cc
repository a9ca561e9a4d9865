// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/launch.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "mount/drivers.h"
#include "probe/superblock.h"
#include "uml/remote_engine.h"
#include "volume/base/mapping.h"

namespace vmcraft::uml {
namespace {

using handle::Device;
using handle::Handle;

bool opens(const char* path) {
  const base::UniqueFd fd(::open(path, O_RDWR | O_CLOEXEC));
  return static_cast<bool>(fd);
}

// What a device holds that this kernel cannot serve.
std::string content_obstacle(Handle& h, const std::string& name) {
  const auto view = h.devices().view(h.devices().find(name), false);
  const probe::Superblock found = probe::probe(view.fd, view.extent);
  const bool mapped = found.type == "LVM2_member" || found.type == "crypto_LUKS" ||
                      found.type == "linux_raid_member" || found.type == "BitLocker";
  if (mapped && !volume::device_mapper_available())
    return name + " is " + found.type + " and this kernel has no device-mapper";
  if (found.usage != "filesystem") return {};
  try {
    mount::drivers_for(found.type);
    return {};
  } catch (const Error& failure) {
    return name + ": " + failure.what();
  }
}

}  // namespace

bool may_mount() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (::syscall(SYS_capget, &header, data.data()) < 0) return false;
  return (data[0].effective & (1U << CAP_SYS_ADMIN)) != 0;
}

void launch_on_host(Handle& h) {
  const handle::Metrics::Timer timer(h.metrics, "attach");
  for (const image::DriveSpec& spec : h.drive_specs)
    h.devices().add(spec, image::attach(spec, {h.settings.temp_dir}));
}

void launch_isolated(Handle& h) {
  const handle::Metrics::Timer timer(h.metrics, "boot");
  h.remote = start_engine(h.drive_specs, h.settings);
}

std::string host_obstacle(Handle& h) {
  if (!may_mount()) return "this process may not mount (it needs CAP_SYS_ADMIN)";
  if (!opens("/dev/loop-control")) return "/dev/loop-control cannot be opened";
  if (!opens("/dev/fuse")) return "/dev/fuse cannot be opened";
  launch_on_host(h);
  const handle::Metrics::Timer timer(h.metrics, "scan");
  for (std::size_t i = 0; i < h.devices().size(); ++i) {
    std::vector<std::string> names = {h.devices().drive(i).name};
    if (const auto& table = h.devices().table(i)) {
      names.clear();
      for (const partition::Partition& part : table->partitions) {
        if (volume::ldm::is_dynamic(part)) {
          if (!volume::device_mapper_available())
            return h.devices().drive(i).name +
                   " is a dynamic disk and this kernel has no device-mapper";
        } else if (!part.extended) {
          names.push_back(h.devices().drive(i).name + std::to_string(part.number));
        }
      }
    }
    for (const std::string& name : names)
      if (std::string obstacle = content_obstacle(h, name); !obstacle.empty()) return obstacle;
  }
  return {};
}

}  // namespace vmcraft::uml
