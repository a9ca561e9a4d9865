// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/volume_lvm.h"

#include <algorithm>

#include "handle/handle.h"
#include "handle/mounting.h"

namespace vmcraft {

using handle::Handle;

bool action::is_lv(Handle& h, const std::string& mountable) {
  const handle::Device device = h.devices().find(handle::split_mountable(mountable).first);
  return device.volume && device.volume->kind() == volume::Kind::lvm;
}

std::vector<std::string> action::lvs(Handle& h) {
  std::vector<std::string> names;
  for (const auto& volume : h.devices().stack().volumes())
    if (volume->kind() == volume::Kind::lvm) names.push_back(volume->device());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> action::vgs(Handle& h) {
  std::vector<std::string> names;
  for (const auto& group : h.devices().stack().groups().groups())
    names.push_back(group->metadata().name);
  std::sort(names.begin(), names.end());
  return names;
}

void action::lvm_scan(Handle& h, bool) { h.devices().stack().changed(); }
void action::vgscan(Handle& h) { h.devices().stack().changed(); }

}  // namespace vmcraft
