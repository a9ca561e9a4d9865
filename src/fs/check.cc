// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs/check.h"

#include <algorithm>
#include <limits>

#include "fs/words.h"

namespace vmcraft::fs {
namespace {

constexpr std::string_view kDigits = "0123456789";

// The first number behind `mark`.
std::int64_t number_after(const std::string& text, std::string_view mark,
                          const std::string& object) {
  const std::size_t found = text.find(mark);
  const std::size_t from =
      found == std::string::npos ? found : text.find_first_of(kDigits, found + mark.size());
  const auto number = from == std::string::npos
                          ? std::nullopt
                          : base::parse_number<std::int64_t>(
                                text.substr(from, text.find_first_not_of(kDigits, from) - from));
  if (!number)
    throw Error(ErrorCode::command, 0,
                object + ": no smallest size in: " + std::string(base::trim(text)));
  return *number;
}

bool is_name(const std::string& type) {
  return !type.empty() && std::all_of(type.begin(), type.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_';
  });
}

}  // namespace

std::vector<std::string> check_command(const std::string& type) {
  if (!is_name(type))
    base::throw_invalid("fstype", "'" + type + "' is not the name of a file system");
  if (type == "ext2" || type == "ext3" || type == "ext4") return {"e2fsck", "-a"};
  if (type == "fat" || type == "msdos") return {"fsck.vfat", "-a"};
  return {"fsck." + type, "-a"};
}

std::vector<std::string> e2fsck_command(const E2fsckOptions& options) {
  Words words{"e2fsck", "-f"};
  words.flag("-p", options.correct);
  words.flag("-y", options.forceall);
  words.flag("-n", options.forceno);
  std::vector<std::string> argv = words.take();
  if (argv.size() > 3)
    base::throw_invalid("options", "at most one of correct, forceall and forceno can be set");
  return argv;
}

std::int64_t ext_block_size_bytes(const HashTable& superblock, const std::string& object) {
  for (const auto& [name, value] : superblock)
    if (name == "Block size") return number_after(value, "", object);
  base::throw_corrupt(object, "has no block size");
}

std::int64_t ext_minimum_bytes(const std::string& text, std::int64_t block_size_bytes,
                               const std::string& object) {
  const std::int64_t blocks = number_after(text, "minimum size", object);
  if (block_size_bytes <= 0 || blocks > std::numeric_limits<std::int64_t>::max() / block_size_bytes)
    base::throw_corrupt(object, "has blocks of no possible size");
  return blocks * block_size_bytes;
}

std::int64_t btrfs_minimum_bytes(const std::string& text, const std::string& object) {
  return number_after(text, "", object);
}

std::int64_t ntfs_minimum_bytes(const std::string& text, const std::string& object) {
  // A volume that is full has no smaller size than its own.
  if (text.find("You might resize at") == std::string::npos)
    return number_after(text, "Current volume size", object);
  return number_after(text, "You might resize at", object);
}

}  // namespace vmcraft::fs
