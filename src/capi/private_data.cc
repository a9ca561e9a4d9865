// SPDX-License-Identifier: LGPL-3.0-or-later
#include "capi/handle.h"

namespace {

// From the key on; null where there are no more.
void* at(guestfs_h* g, std::map<std::string, void*>::iterator entry, const char** key_rtn) {
  if (entry == g->private_data.end()) return nullptr;
  g->private_position = entry->first;
  if (key_rtn != nullptr) *key_rtn = entry->first.c_str();
  return entry->second;
}

}  // namespace

extern "C" {

void guestfs_set_private(guestfs_h* g, const char* key, void* data) {
  const std::lock_guard lock(g->mutex);
  if (data == nullptr) g->private_data.erase(key);
  else g->private_data[key] = data;
}

void* guestfs_get_private(guestfs_h* g, const char* key) {
  const std::lock_guard lock(g->mutex);
  const auto entry = g->private_data.find(key);
  return entry != g->private_data.end() ? entry->second : nullptr;
}

void* guestfs_first_private(guestfs_h* g, const char** key_rtn) {
  const std::lock_guard lock(g->mutex);
  return at(g, g->private_data.begin(), key_rtn);
}

void* guestfs_next_private(guestfs_h* g, const char** key_rtn) {
  const std::lock_guard lock(g->mutex);
  return at(g, g->private_data.upper_bound(g->private_position), key_rtn);
}

}  // extern "C"
