// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vmcraft::partition {

/// One partition of a table.
struct Partition {
  int number = 0;               ///< as in /dev/sdaN; logical partitions of an MBR begin at 5
  std::uint64_t start_bytes = 0;
  std::uint64_t size_bytes = 0;
  std::string type;             ///< GPT: type GUID, lower case; MBR: "0x83"
  std::string uuid;             ///< GPT: partition GUID; MBR: disk id and number, as blkid writes it
  std::string name;             ///< GPT only, UTF-8
  std::uint64_t attributes = 0; ///< GPT attribute bits; MBR: the status byte (0x80: active)
  bool extended = false;        ///< MBR container of logical partitions
  bool logical = false;         ///< MBR partition inside the container
};

struct Table {
  std::string type;             ///< "gpt", "msdos", "dvh", or as libblkid names it ("bsd", ...)
  std::string id;               ///< disk GUID, or of an MBR "1234abcd"
  bool from_backup = false;     ///< GPT read from its backup header
  std::vector<Partition> partitions;
};

/// Reads the partition table of an open disk; nothing where there is none. Entries that lie
/// outside the disk are left out.
std::optional<Table> read_table(int fd, unsigned sector_size_bytes);

}  // namespace vmcraft::partition
