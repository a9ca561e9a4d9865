// SPDX-License-Identifier: LGPL-3.0-or-later
#include "support/hive.h"

#include <cstring>
#include <filesystem>

#include "base/bytes.h"
#include "support/image.h"

namespace vmcraft::test {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::uint32_t kNone = 0xffffffff;

void put32(std::string& bytes, std::size_t at, std::uint32_t value) {
  const base::Le32 number(value);
  std::memcpy(bytes.data() + at, &number, sizeof number);
}

void put16(std::string& bytes, std::size_t at, std::uint16_t value) {
  const base::Le16 number(value);
  std::memcpy(bytes.data() + at, &number, sizeof number);
}

void put_text(std::string& bytes, std::size_t at, std::string_view text) {
  bytes.replace(at, text.size(), text);
}

// Cells begin with their size, negative while they are in use.
void put_cell(std::string& page, std::size_t at, std::size_t size, std::string_view kind) {
  put32(page, at, static_cast<std::uint32_t>(-static_cast<std::int32_t>(size)));
  put_text(page, at + 4, kind);
}

std::string header() {
  std::string page(kPage, '\0');
  put_text(page, 0, "regf");
  put32(page, 0x04, 1);
  put32(page, 0x08, 1);
  put32(page, 0x14, 1);
  put32(page, 0x18, 5);
  put32(page, 0x20, 1);
  put32(page, 0x24, 0x20);   // the root key
  put32(page, 0x28, kPage);  // all that follows
  put32(page, 0x2c, 1);
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at < 0x1fc; at += 4) {
    base::Le32 word;
    std::memcpy(&word, page.data() + at, sizeof word);
    sum ^= word;
  }
  put32(page, 0x1fc, sum);
  return page;
}

std::string bin() {
  constexpr std::size_t kKey = 0x20;
  constexpr std::size_t kKeySize = 0x58;
  constexpr std::size_t kSecurity = kKey + kKeySize;
  constexpr std::size_t kSecuritySize = 0x30;
  constexpr std::size_t kFree = kSecurity + kSecuritySize;
  std::string page(kPage, '\0');
  put_text(page, 0, "hbin");
  put32(page, 8, kPage);
  put_cell(page, kKey, kKeySize, "nk");
  put16(page, kKey + 6, 0x2c);  // root, not to be deleted, name of one byte a letter
  for (const std::size_t at : {0x20U, 0x24U, 0x2cU, 0x34U}) put32(page, kKey + at, kNone);
  put32(page, kKey + 0x30, kSecurity);
  put16(page, kKey + 0x4c, 4);
  put_text(page, kKey + 0x50, "ROOT");
  put_cell(page, kSecurity, kSecuritySize, "sk");
  put32(page, kSecurity + 8, kSecurity);   // the one before and the one after: itself
  put32(page, kSecurity + 12, kSecurity);
  put32(page, kSecurity + 16, 1);
  put32(page, kSecurity + 20, 20);         // a security descriptor without owner and rights
  put16(page, kSecurity + 24, 1);
  put16(page, kSecurity + 26, 0x8000);
  put32(page, kFree, static_cast<std::uint32_t>(kPage - kFree));
  return page;
}

}  // namespace

std::string empty_hive() { return header() + bin(); }

void make_hive(const std::string& path, const std::string& commands) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  write_host(path, empty_hive());
  const std::string script = path + ".commands";
  write_host(script, commands);
  shell("hivexsh -w -f " + script + " " + path + " && rm " + script);
}

}  // namespace vmcraft::test
