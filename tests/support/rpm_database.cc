// SPDX-License-Identifier: LGPL-3.0-or-later
#include "support/rpm_database.h"

#include <algorithm>

namespace vmcraft::test {
namespace {

constexpr std::size_t kPage = 512;
constexpr std::size_t kPageHeader = 26;

std::string big32(std::uint64_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

std::string little(std::uint64_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

void put(std::string& page, std::size_t at, const std::string& bytes) {
  page.replace(at, bytes.size(), bytes);
}

}  // namespace

std::string rpm_header(const std::string& name, std::uint32_t epoch, const std::string& summary) {
  std::string entries;
  std::string store = big32(epoch);
  entries += big32(1003) + big32(4) + big32(0) + big32(1);
  const auto add = [&](std::uint32_t tag, std::uint32_t type, const std::string& text) {
    entries += big32(tag) + big32(type) + big32(store.size()) + big32(1);
    store += text + '\0';
  };
  add(1000, 6, name);
  add(1001, 6, "1.0");
  add(1002, 6, "1");
  add(1004, 9, summary);
  add(1022, 6, "noarch");
  return big32(entries.size() / 16) + big32(store.size()) + entries + store;
}

std::string bdb_file(const std::vector<std::string>& headers) {
  std::string meta(kPage, '\0');
  put(meta, 12, little(0x061561, 4));
  put(meta, 20, little(kPage, 4));
  std::string hash(kPage, '\0');
  hash[25] = 13;
  put(hash, 20, little(2 * headers.size(), 2));
  std::string chains;
  std::size_t place = kPage;
  std::uint32_t page = 2;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    place -= 5;  // the key: its kind and a number
    put(hash, place, std::string(1, '\1') + little(i + 1, 4));
    put(hash, kPageHeader + 4 * i, little(place, 2));
    place -= 12;
    put(hash, place, std::string("\3\0\0\0", 4) + little(page, 4) + little(headers[i].size(), 4));
    put(hash, kPageHeader + 4 * i + 2, little(place, 2));
    for (std::size_t at = 0; at < headers[i].size(); at += kPage - kPageHeader) {
      const std::string part = headers[i].substr(at, kPage - kPageHeader);
      std::string overflow(kPage, '\0');
      overflow[25] = 7;
      ++page;
      const bool last = at + part.size() >= headers[i].size();
      put(overflow, 16, little(last ? 0 : page, 4));
      put(overflow, 22, little(part.size(), 2));
      put(overflow, kPageHeader, part);
      chains += overflow;
    }
  }
  return meta + hash + chains;
}

std::string ndb_file(const std::vector<std::string>& headers) {
  constexpr std::size_t kNdbPage = 4096;
  std::string file(kNdbPage, '\0');
  put(file, 0, "RpmP" + little(0, 4) + little(1, 4) + little(1, 4));
  for (std::size_t at = 32; at < kNdbPage; at += 16) put(file, at, "Slot");
  for (std::size_t i = 0; i < headers.size(); ++i) {
    put(file, 32 + 16 * i, "Slot" + little(i + 1, 4) + little(file.size() / 16, 4) +
                               little((headers[i].size() + 31) / 16, 4));
    file += "BlbS" + little(i + 1, 4) + little(1, 4) + little(headers[i].size(), 4) + headers[i];
    file.resize((file.size() + 15) / 16 * 16);
  }
  return file;
}

}  // namespace vmcraft::test
