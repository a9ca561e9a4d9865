// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/volume_md.h"

#include <bit>

#include "base/error.h"
#include "base/text.h"
#include "handle/handle.h"
#include "handle/tool.h"
#include "volume/base/raid6.h"
#include "volume/md/mdstat.h"

namespace vmcraft {
namespace {

using handle::Handle;
using handle::Tool;

volume::md::Array& array_of(Handle& h, const std::string& name) {
  const handle::Device device = h.devices().find(name);
  auto* array = dynamic_cast<volume::md::Array*>(device.volume.get());
  if (array == nullptr) base::throw_invalid(device.name, "is not a software RAID");
  return *array;
}

int device_count(const std::vector<std::string>& devices, const MdCreateOptions& options) {
  const int missing = std::popcount(static_cast<std::uint64_t>(options.missingbitmap.value_or(0)));
  return static_cast<int>(devices.size()) + missing - options.spare.value_or(0);
}

}  // namespace

std::vector<std::string> action::list_md_devices(Handle& h) {
  std::vector<std::string> names;
  for (const auto& array : h.devices().stack().arrays().arrays()) names.push_back(array->device());
  return names;
}

void action::md_create(Handle& h, const std::string& name, const std::vector<std::string>& devices,
                       const MdCreateOptions& options) {
  const std::string short_name = name.substr(name.rfind('/') + 1);
  if (short_name.empty()) base::throw_invalid("name", "must not be empty");
  const int spare = options.spare.value_or(0);
  const int count = options.nrdevices.value_or(device_count(devices, options));
  if (spare < 0 || count < 1 || count != device_count(devices, options))
    base::throw_invalid("devices", "there must be as many as nrdevices and spare together, without those missing");
  const std::string level = options.level.value_or("raid1");
  if (level == "6" || level == "raid6") volume::require_raid6(name);
  Tool tool(h, "mdadm");
  // Forced, parity is computed in place, and not by treating the last member as a new one.
  tool.args("--create", "/dev/md/" + short_name, "--run", "--force", "--homehost=any",
            "--name=" + short_name, "--level=" + level,
            "--raid-devices=" + std::to_string(count));
  if (spare > 0) tool.args("--spare-devices=" + std::to_string(spare));
  if (options.chunk) {
    if (*options.chunk < 1024) base::throw_invalid("chunk", "must be 1024 bytes or more");
    tool.args("--chunk=" + std::to_string(*options.chunk / 1024));
  }
  const auto missing = static_cast<std::uint64_t>(options.missingbitmap.value_or(0));
  std::size_t next = 0;
  for (int place = 0; next < devices.size() || (missing >> place) != 0; ++place) {
    if (place < 64 && (missing >> place & 1U) != 0) tool.args("missing");
    else if (next < devices.size()) tool.writes(devices[next++]);
  }
  volume::md::create_and_stop([&] { tool.run(); });
  h.devices().stack().changed();
}

HashTable action::md_detail(Handle& h, const std::string& md) {
  const std::string text = Tool(h, "mdadm").args("--detail", "--export").reads(md).run();
  HashTable table;
  for (const std::string& line : base::split_lines(text)) {
    const std::size_t equal = line.find('=');
    if (equal == std::string::npos || !line.starts_with("MD_")) continue;
    const std::string key = base::lower(line.substr(3, equal - 3));
    if (key.starts_with("device_")) continue;  // of the members: nodes that only we know
    table.emplace_back(key, line.substr(equal + 1));
  }
  return table;
}

std::vector<Mdstat> action::md_stat(Handle& h, const std::string& md) {
  volume::md::Array& array = array_of(h, md);
  array.node(false);
  std::vector<Mdstat> list;
  for (const volume::md::MemberState& member : volume::md::read_mdstat(array.kernel_name())) {
    std::string device = array.device_of_node(member.node);
    list.push_back({device.empty() ? member.node : device, member.index, member.flags});
  }
  return list;
}

void action::md_stop(Handle& h, const std::string& md) {
  volume::md::Array& array = array_of(h, md);
  h.devices().stack().deactivate(array.device());
  array.stopped = true;
  h.devices().stack().changed();
}

}  // namespace vmcraft
