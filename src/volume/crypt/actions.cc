// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/volume_crypt.h"

#include "base/error.h"
#include "handle/handle.h"

namespace vmcraft {
namespace {

using handle::Handle;

volume::Place place_of(Handle& h, const std::string& name) {
  const handle::Device device = h.devices().find(name);
  volume::Place place;
  place.device = device.name;
  place.node = [&h, device](bool writable) { return h.devices().node(device, writable); };
  return place;
}

}  // namespace

std::vector<std::string> action::list_dm_devices(Handle& h) {
  std::vector<std::string> names;
  for (const auto& volume : h.devices().stack().volumes())
    if (volume->kind() == volume::Kind::crypt || volume->kind() == volume::Kind::ldm)
      names.push_back(volume->device());
  return names;
}

void action::cryptsetup_open(Handle& h, const std::string& device, const std::string& key,
                             const std::string& mapname, const CryptsetupOpenOptions& options) {
  volume::crypt::UnlockRequest request;
  request.place = place_of(h, device);
  request.map_name = mapname;
  request.key = key;
  request.type = options.crypttype.value_or("");
  request.readonly = options.readonly.value_or(false);
  if (options.header) request.header = place_of(h, *options.header);
  h.devices().stack().unlock(std::move(request));
}

void action::cryptsetup_close(Handle& h, const std::string& device) {
  h.devices().stack().lock(h.devices().find(device).name);
}

}  // namespace vmcraft
