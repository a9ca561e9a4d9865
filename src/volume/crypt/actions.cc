// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/volume_crypt.h"

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "handle/handle.h"
#include "handle/tool.h"
#include "volume/crypt/luks.h"

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

void action::luks_open(Handle& h, const std::string& device, const std::string& key,
                       const std::string& mapname) {
  cryptsetup_open(h, device, key, mapname, {});
}

void action::luks_open_ro(Handle& h, const std::string& device, const std::string& key,
                          const std::string& mapname) {
  CryptsetupOpenOptions options;
  options.readonly = true;
  cryptsetup_open(h, device, key, mapname, options);
}

void action::luks_close(Handle& h, const std::string& device) { cryptsetup_close(h, device); }

void action::luks_format(Handle& h, const std::string& device, const std::string& key,
                         int keyslot) {
  luks_format_cipher(h, device, key, keyslot, volume::crypt::FormatRequest().cipher);
}

void action::luks_format_cipher(Handle& h, const std::string& device, const std::string& key,
                                int keyslot, const std::string& cipher) {
  const handle::Device found = h.devices().find(device);
  handle::require_not_mounted(h, found);
  volume::crypt::FormatRequest request{key, keyslot, cipher};
  const base::WipedAtEnd wiped(request.key);
  volume::crypt::luks_format(place_of(h, device), request);
  h.devices().wrote(found);
}

void action::luks_add_key(Handle& h, const std::string& device, const std::string& key,
                          const std::string& newkey, int keyslot) {
  volume::crypt::luks_add_key(place_of(h, device), key, newkey, keyslot);
  h.devices().wrote(h.devices().find(device));
}

void action::luks_kill_slot(Handle& h, const std::string& device, const std::string& key,
                            int keyslot) {
  volume::crypt::luks_kill_slot(place_of(h, device), key, keyslot);
  h.devices().wrote(h.devices().find(device));
}

std::string action::luks_uuid(Handle& h, const std::string& device) {
  return volume::crypt::luks_uuid(place_of(h, device));
}

void action::clevis_luks_unlock(Handle& h, const std::string& device, const std::string& mapname) {
  constexpr int kMostSlots = 32;
  for (int slot = 0; slot < kMostSlots; ++slot) {
    handle::Tool tool(h, "clevis");
    tool.args("luks", "pass", "-d").reads(device).args("-s", std::to_string(slot));
    base::CommandResult result = tool.attempt();
    const base::WipedAtEnd wiped(result.out);
    if (!result.ok()) continue;
    return cryptsetup_open(h, device, std::string(base::trim(result.out)), mapname, {});
  }
  throw Error(ErrorCode::system, EPERM, device + ": no Clevis token gives a passphrase here");
}

}  // namespace vmcraft
