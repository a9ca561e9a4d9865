// SPDX-License-Identifier: LGPL-3.0-or-later
#include "capi/give.h"

#include <algorithm>

namespace vmcraft::capi {

char* give_text(const std::string& text) {
  std::size_t size = 0;
  return give_buffer(text, size);
}

char** give(const std::vector<std::string>& list) {
  char** out = allocate<char*>(list.size() + 1);
  for (std::size_t i = 0; i < list.size(); ++i) out[i] = give_text(list[i]);
  return out;
}

char** give(const HashTable& table) {
  char** out = allocate<char*>(table.size() * 2 + 1);
  std::size_t i = 0;
  for (const auto& [key, value] : table) {
    out[i++] = give_text(key);
    out[i++] = give_text(value);
  }
  return out;
}

char* give_buffer(const std::string& bytes, std::size_t& size) {
  char* out = allocate<char>(bytes.size() + 1);
  std::memcpy(out, bytes.data(), bytes.size());
  size = bytes.size();
  return out;
}

std::uint32_t give_bytes(const std::string& bytes, char*& to) {
  std::size_t size = 0;
  to = give_buffer(bytes, size);
  return static_cast<std::uint32_t>(size);
}

void give_uuid(const std::string& text, char (&to)[32]) {
  std::memcpy(to, text.data(), std::min(text.size(), sizeof to));
}

void copy_text(char*& text) {
  text = ::strdup(text);
  if (text == nullptr) throw std::bad_alloc();
}

void copy_bytes(char*& bytes, std::uint32_t size) {
  const char* original = bytes;
  bytes = allocate<char>(std::size_t{size} + 1);
  std::memcpy(bytes, original, size);
}

int compare_bytes(const char* one, std::uint32_t one_size, const char* other, std::uint32_t other_size) {
  if (one_size != other_size) return one_size < other_size ? -1 : 1;
  return std::memcmp(one, other, one_size);
}

}  // namespace vmcraft::capi
