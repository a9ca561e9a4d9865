// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/pack.h"

#include <cstring>

#include "base/error.h"

namespace vmcraft::uml {

Packer& Packer::number(std::uint64_t value) {
  bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  return *this;
}

Packer& Packer::text(std::string_view value) {
  number(value.size());
  bytes_.append(value);
  return *this;
}

Packer& Packer::texts(const std::vector<std::string>& values) {
  number(values.size());
  for (const std::string& value : values) text(value);
  return *this;
}

std::string_view Unpacker::take(std::uint64_t count) {
  if (count > rest_.size()) base::throw_corrupt("engine message", "ends too early");
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

std::uint64_t Unpacker::number() {
  std::uint64_t value = 0;
  std::memcpy(&value, take(sizeof value).data(), sizeof value);
  return value;
}

std::string Unpacker::text() { return std::string(take(number())); }

std::vector<std::string> Unpacker::texts() {
  std::vector<std::string> values;
  for (std::uint64_t left = number(); left > 0; --left) values.push_back(text());
  return values;
}

}  // namespace vmcraft::uml
