// SPDX-License-Identifier: LGPL-3.0-or-later
// The tar format: ustar headers with POSIX (pax) extended headers; GNU's extensions for reading.
// Names and attributes are bytes, in whatever encoding the guest has them.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcraft::file {

constexpr std::size_t kTarBlockBytes = 512;

/// A header block as it is stored.
struct TarHeaderDisk {
  std::array<char, 100> name;
  std::array<char, 8> mode;
  std::array<char, 8> uid;
  std::array<char, 8> gid;
  std::array<char, 12> size;
  std::array<char, 12> mtime;
  std::array<char, 8> checksum;
  char type;
  std::array<char, 100> link;
  std::array<char, 8> magic;
  std::array<char, 32> user;
  std::array<char, 32> group;
  std::array<char, 8> major;
  std::array<char, 8> minor;
  std::array<char, 155> prefix;  ///< GNU's old sparse map lies here, from byte 41
  std::array<char, 12> padding;
};
static_assert(sizeof(TarHeaderDisk) == kTarBlockBytes);

/// Type flags of members that an entry can have.
struct TarType {
  static constexpr char kFile = '0';
  static constexpr char kHardLink = '1';
  static constexpr char kSymlink = '2';
  static constexpr char kCharacter = '3';
  static constexpr char kBlock = '4';
  static constexpr char kDirectory = '5';
  static constexpr char kFifo = '6';
};

struct TarRun {
  std::uint64_t position;
  std::uint64_t length;
};

struct TarEntry {
  std::string path;
  std::string link;
  char type = TarType::kFile;
  mode_t mode = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string user;
  std::string group;
  std::uint64_t size_bytes = 0;  ///< of the file once it is unpacked
  timespec mtime{};
  unsigned major = 0;
  unsigned minor = 0;
  bool sparse = false;
  std::vector<TarRun> runs{};  ///< where the data is, of a sparse file
  std::vector<std::pair<std::string, std::string>> xattrs{};
  std::string access_acl;
  std::string default_acl;
};

/// The value of a numeric field: octal text, or base 256 where its top bit is set. Nothing where it
/// is neither or too large.
std::optional<std::int64_t> tar_number(std::string_view field);

/// Sum of the bytes of a header with its checksum field as blanks.
unsigned tar_checksum(const TarHeaderDisk& header, bool signed_bytes);

}  // namespace vmcraft::file
