// SPDX-License-Identifier: LGPL-3.0-or-later
// What the library reads of an engine whose guest has taken it over: replies of every kind, errors.
#include <cstdint>

#include "api/rpc.h"
#include "rpc_types.h"
#include "uml/wire.h"
#include "vmcraft/error.h"

namespace {

using namespace vmcraft;

template <typename T>
void decode(std::string_view bytes) {
  rpc::Reader(bytes).get<T>();
}

void decode_as(unsigned kind, std::string_view bytes) {
  switch (kind % 10) {
    case 0: return decode<bool>(bytes);
    case 1: return decode<std::int64_t>(bytes);
    case 2: return decode<std::string>(bytes);
    case 3: return decode<std::vector<std::string>>(bytes);
    case 4: return decode<HashTable>(bytes);
    case 5: return decode<std::vector<Statns>>(bytes);
    case 6: return decode<std::vector<Dirent>>(bytes);
    case 7: return decode<std::vector<Xattr>>(bytes);
    case 8: return decode<std::optional<std::string>>(bytes);
    default: return uml::throw_packed_error(bytes);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  try {
    decode_as(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  } catch (const Error&) {  // a message that is not whole is refused
  }
  return 0;
}
