// SPDX-License-Identifier: LGPL-3.0-or-later
// Making LUKS volumes and changing their keys. None of it needs device-mapper.
#pragma once

#include <string>

#include "volume/base/volume.h"

namespace vmcraft::volume::crypt {

struct FormatRequest {
  std::string key;
  int slot = 0;
  std::string cipher = "aes-xts-plain64";
};

void luks_format(const Place& place, const FormatRequest& request);
/// Throws EPERM where `key` opens no slot.
void luks_add_key(const Place& place, std::string key, std::string new_key, int slot);
void luks_kill_slot(const Place& place, std::string key, int slot);
std::string luks_uuid(const Place& place);

}  // namespace vmcraft::volume::crypt
