// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/crypt/context.h"

#include <libcryptsetup.h>

#include <array>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "base/trace.h"

namespace vmcraft::volume::crypt {
namespace {

constexpr std::array<std::pair<std::string_view, const char*>, 9> kTypes = {
    {{"luks", CRYPT_LUKS},
     {"luks1", CRYPT_LUKS1},
     {"luks2", CRYPT_LUKS2},
     {"bitlk", CRYPT_BITLK},
     {"bitlocker", CRYPT_BITLK},
     {"tcrypt", CRYPT_TCRYPT},
     {"veracrypt", CRYPT_TCRYPT},
     {"fvault2", CRYPT_FVAULT2},
     {"filevault2", CRYPT_FVAULT2}}};

}  // namespace

void Context::Deleter::operator()(crypt_device* device) const noexcept { crypt_free(device); }

void Context::log(int level, const char* message, void* self) {
  if (level == CRYPT_LOG_ERROR || level == CRYPT_LOG_NORMAL) {
    static_cast<Context*>(self)->log_ += message;
  } else if (level == CRYPT_LOG_VERBOSE) {
    base::trace("cryptsetup: {}", base::trim(message));
  }
}

Context::Context(std::string object, const std::string& path, const std::string& header)
    : object_(std::move(object)) {
  crypt_device* device = nullptr;
  const int result = header.empty()
                         ? crypt_init(&device, path.c_str())
                         : crypt_init_data_device(&device, header.c_str(), path.c_str());
  if (result < 0) base::throw_errno(object_, -result);
  device_.reset(device);
  crypt_set_log_callback(device, &Context::log, this);
  crypt_metadata_locking(device, 0);  // nobody else has this device
}

int Context::check(int result) const {
  if (result >= 0) return result;
  const std::string said(base::trim(std::exchange(log_, {})));
  if (result == -EPERM)
    throw Error(ErrorCode::system, EPERM, object_ + ": no key slot opens with this key");
  throw Error(ErrorCode::system, -result,
              object_ + ": " + (said.empty() ? base::errno_text(-result) : said));
}

void Context::load(const std::string& type) {
  if (!type.empty()) {
    check(crypt_load(get(), type_name(type), nullptr));
    return;
  }
  if (crypt_load(get(), CRYPT_LUKS, nullptr) == 0) return;
  const std::string luks = std::exchange(log_, {});
  if (crypt_load(get(), CRYPT_BITLK, nullptr) == 0) return;
  if (crypt_load(get(), CRYPT_FVAULT2, nullptr) == 0) return;
  const std::string reason(base::trim(luks));
  base::throw_invalid(object_, reason.empty() ? "holds no encrypted volume that is known" : reason);
}

std::string Context::take_log() { return std::exchange(log_, {}); }

const char* type_name(const std::string& type) {
  for (const auto& [name, value] : kTypes)
    if (name == base::lower(type)) return value;
  base::throw_invalid("crypttype", "'" + type + "' is not one of luks, luks1, luks2, bitlk, tcrypt, fvault2");
}

}  // namespace vmcraft::volume::crypt
