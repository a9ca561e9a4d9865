// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/crypt/luks.h"

#include <libcryptsetup.h>
#include <unistd.h>

#include "base/error.h"
#include "base/secret.h"
#include "volume/crypt/context.h"

namespace vmcraft::volume::crypt {
namespace {

constexpr std::size_t kKeyBytes = 64;

// The second choice of RFC 9106. A benchmark would take longer than all the rest, and choose what
// another machine may not have the memory for.
void set_derivation(const Context& context) {
  crypt_pbkdf_type derivation{};
  derivation.type = CRYPT_KDF_ARGON2ID;
  derivation.hash = "sha256";
  derivation.iterations = 4;  // the least that the library takes
  derivation.max_memory_kb = 64 << 10;
  derivation.parallel_threads = 4;
  derivation.flags = CRYPT_PBKDF_NO_BENCHMARK;
  context.check(crypt_set_pbkdf_type(context.get(), &derivation));
}

int checked_slot(int slot) {
  if (slot < 0 || slot >= crypt_keyslot_max(CRYPT_LUKS2))
    base::throw_invalid("keyslot", "must be 0 to 31");
  return slot;
}

}  // namespace

void luks_format(const Place& place, const FormatRequest& request) {
  checked_slot(request.slot);
  const std::size_t dash = request.cipher.find('-');
  if (dash == std::string::npos)
    base::throw_invalid("cipher", "'" + request.cipher + "' is not CIPHER-MODE");
  const auto node = place.node(true);
  const Context context(place.device, node->path());
  set_derivation(context);
  const std::string mode = request.cipher.substr(dash + 1);
  const std::size_t key_bytes = mode.starts_with("xts") ? kKeyBytes : kKeyBytes / 2;
  context.check(crypt_format(context.get(), CRYPT_LUKS2, request.cipher.substr(0, dash).c_str(),
                             mode.c_str(), nullptr, nullptr, key_bytes, nullptr));
  context.check(crypt_keyslot_add_by_volume_key(context.get(), request.slot, nullptr, key_bytes,
                                                request.key.data(), request.key.size()));
  base::check(::fsync(node->fd()), place.device);
}

void luks_add_key(const Place& place, std::string key, std::string new_key, int slot) {
  const base::WipedAtEnd first(key);
  const base::WipedAtEnd second(new_key);
  const auto node = place.node(true);
  Context context(place.device, node->path());
  context.load("luks");
  if (std::string_view(crypt_get_type(context.get())) == CRYPT_LUKS2) set_derivation(context);
  context.check(crypt_keyslot_add_by_passphrase(context.get(), checked_slot(slot), key.data(),
                                                key.size(), new_key.data(), new_key.size()));
  base::check(::fsync(node->fd()), place.device);
}

void luks_kill_slot(const Place& place, std::string key, int slot) {
  const base::WipedAtEnd wiped(key);
  const auto node = place.node(true);
  Context context(place.device, node->path());
  context.load("luks");
  const int opened = context.check(crypt_activate_by_passphrase(
      context.get(), nullptr, CRYPT_ANY_SLOT, key.data(), key.size(), 0));
  if (opened == slot)
    base::throw_invalid("key", "is the one of slot " + std::to_string(slot) + ", which is to be removed; give another");
  context.check(crypt_keyslot_destroy(context.get(), checked_slot(slot)));
  base::check(::fsync(node->fd()), place.device);
}

std::string luks_uuid(const Place& place) {
  const auto node = place.node(false);
  Context context(place.device, node->path());
  context.load("luks");
  return crypt_get_uuid(context.get());
}

}  // namespace vmcraft::volume::crypt
