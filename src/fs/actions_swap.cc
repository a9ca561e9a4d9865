// SPDX-License-Identifier: LGPL-3.0-or-later
#include <fcntl.h>

#include "actions/fs.h"
#include "base/error.h"
#include "handle/file_system.h"
#include "handle/mounting.h"
#include "handle/tool.h"

namespace vmcraft {

using handle::Device;
using handle::Handle;
using handle::Tool;
using probe::Superblock;

namespace {

std::string find_swap(Handle& h, const std::string& wanted, const std::string Superblock::*member) {
  for (const std::string& name : handle::content_devices(h)) {
    const Superblock found = handle::superblock_of(h, name);
    if (found.type == "swap" && found.*member == wanted) return name;
  }
  throw Error(ErrorCode::system, ENOENT, wanted + ": no device here holds this swap");
}

}  // namespace

void action::mkswap(Handle& h, const std::string& device, const MkswapOptions& options) {
  Tool tool(h, "mkswap");
  tool.args("-f");
  if (options.label) tool.args("-L", *options.label);
  if (options.uuid) tool.args("-U", *options.uuid);
  tool.writes(device).run();
}

void action::mkswap_L(Handle& h, const std::string& label, const std::string& device) {
  MkswapOptions options;
  options.label = label;
  mkswap(h, device, options);
}

void action::mkswap_U(Handle& h, const std::string& uuid, const std::string& device) {
  MkswapOptions options;
  options.uuid = uuid;
  mkswap(h, device, options);
}

void action::mkswap_file(Handle& h, const std::string& path) {
  const base::UniqueFd file = h.root().open_regular(path, O_RDWR);
  Tool(h, "mkswap").args("-f").opened(file.get()).run();
}

void action::swapon_device(Handle& h, const std::string& device) {
  const Device found = h.devices().find(device);
  handle::require_not_mounted(h, found);
  const auto node = h.devices().node(found, true);
  h.swaps.enable(found.name, node->fd(), node);
}

void action::swapoff_device(Handle& h, const std::string& device) {
  const auto node = h.devices().node(h.devices().find(device), true);
  h.swaps.disable(device, node->fd());
}

void action::swapon_file(Handle& h, const std::string& file) {
  h.swaps.enable(file, h.root().open_regular(file, O_RDWR).get());
}

void action::swapoff_file(Handle& h, const std::string& file) {
  h.swaps.disable(file, h.root().open_regular(file, O_RDONLY).get());
}

void action::swapon_label(Handle& h, const std::string& label) {
  swapon_device(h, find_swap(h, label, &Superblock::label));
}

void action::swapoff_label(Handle& h, const std::string& label) {
  swapoff_device(h, find_swap(h, label, &Superblock::label));
}

void action::swapon_uuid(Handle& h, const std::string& uuid) {
  swapon_device(h, find_swap(h, uuid, &Superblock::uuid));
}

void action::swapoff_uuid(Handle& h, const std::string& uuid) {
  swapoff_device(h, find_swap(h, uuid, &Superblock::uuid));
}

}  // namespace vmcraft
