// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs/ext.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <limits>

#include "base/fd.h"
#include "fs/words.h"

namespace vmcraft::fs {
namespace {

// From the kernel's ext4.h, which is not among the headers for programs.
constexpr unsigned long kResize = _IOW('f', 16, std::uint64_t);

// e2fsck fills the directory without being able to make it longer.
constexpr off_t kLostAndFoundBytes = 16384;

struct Attribute {
  char letter;
  unsigned flag;
};

// The order is lsattr's.
constexpr std::array kAttributes = std::to_array<Attribute>({
    {'s', FS_SECRM_FL},       {'u', FS_UNRM_FL},         {'S', FS_SYNC_FL},
    {'D', FS_DIRSYNC_FL},     {'i', FS_IMMUTABLE_FL},    {'a', FS_APPEND_FL},
    {'d', FS_NODUMP_FL},      {'A', FS_NOATIME_FL},      {'c', FS_COMPR_FL},
    {'E', FS_ENCRYPT_FL},     {'j', FS_JOURNAL_DATA_FL}, {'I', FS_INDEX_FL},
    {'t', FS_NOTAIL_FL},      {'T', FS_TOPDIR_FL},       {'e', FS_EXTENT_FL},
    {'C', FS_NOCOW_FL},       {'x', FS_DAX_FL},          {'F', FS_CASEFOLD_FL},
    {'N', FS_INLINE_DATA_FL}, {'P', FS_PROJINHERIT_FL},  {'V', FS_VERITY_FL},
});

unsigned flag_of(char letter) {
  for (const Attribute& attribute : kAttributes)
    if (attribute.letter == letter) return attribute.flag;
  base::throw_invalid("attrs", fmt::format("'{}' is not the letter of an attribute", letter));
}

unsigned read_flags(int fd, const std::string& object) {
  // The call's declared type is long; every kernel writes an int.
  unsigned flags = 0;
  base::check(::ioctl(fd, FS_IOC_GETFLAGS, &flags), object);
  return flags;
}

}  // namespace

std::vector<std::string> tune2fs_command(const Tune2fsOptions& options) {
  Words words{"tune2fs"};
  words.flag("-f", options.force);
  // -1 is a value here: never check.
  if (options.maxmountcount) words.add({"-c", std::to_string(*options.maxmountcount)});
  words.number("-C", "mountcount", options.mountcount);
  words.text("-e", options.errorbehavior);
  words.number("-g", "group", options.group);
  if (options.intervalbetweenchecks)
    words.add(
        {"-i", Words::not_negative("intervalbetweenchecks", *options.intervalbetweenchecks) + "s"});
  words.number("-m", "reservedblockspercentage", options.reservedblockspercentage);
  words.text("-M", options.lastmounteddirectory);
  words.number("-r", "reservedblockscount", options.reservedblockscount);
  words.number("-u", "user", options.user);
  return words.take();
}

HashTable parse_superblock(const std::string& text) {
  HashTable table;
  for (const std::string& line : base::split_lines(text)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::string value(base::trim(std::string_view(line).substr(colon + 1)));
    if (value == "<none>" || value == "<not available>" || value == "(none)") value.clear();
    table.emplace_back(line.substr(0, colon), value);
  }
  return table;
}

void make_lost_and_found(int top, const std::string& object) {
  base::check(::mkdirat(top, "lost+found", 0700), object + "/lost+found");
  const base::UniqueFd folder(base::check(
      ::openat(top, "lost+found", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), object));
  const auto name = [](int number) { return fmt::format("{:0>246}", number); };
  int made = 0;
  struct stat st {};
  while (::fstat(folder.get(), &st) == 0 && st.st_size < kLostAndFoundBytes && made < 1000) {
    const base::UniqueFd file(base::check(
        ::openat(folder.get(), name(made++).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600),
        object));
  }
  while (made > 0) ::unlinkat(folder.get(), name(--made).c_str(), 0);
}

void resize_mounted(int directory, const std::string& object, std::uint64_t size_bytes) {
  struct statvfs facts {};
  base::check(::fstatvfs(directory, &facts), object);
  std::uint64_t blocks = size_bytes / facts.f_bsize;
  base::check(::ioctl(directory, kResize, &blocks), object);
}

std::string get_attributes(int fd, const std::string& object) {
  const unsigned flags = read_flags(fd, object);
  std::string letters;
  for (const Attribute& attribute : kAttributes)
    if ((flags & attribute.flag) != 0) letters += attribute.letter;
  return letters;
}

void change_attributes(int fd, const std::string& object, const std::string& letters, bool clear) {
  unsigned wanted = 0;
  for (const char letter : letters) {
    if (letters.find(letter) != letters.rfind(letter))
      base::throw_invalid("attrs", fmt::format("'{}' stands twice", letter));
    wanted |= flag_of(letter);
  }
  unsigned flags = read_flags(fd, object);
  flags = clear ? flags & ~wanted : flags | wanted;
  base::check(::ioctl(fd, FS_IOC_SETFLAGS, &flags), object);
}

std::int64_t get_generation(int fd, const std::string& object) {
  unsigned generation = 0;
  base::check(::ioctl(fd, FS_IOC_GETVERSION, &generation), object);
  return generation;
}

void set_generation(int fd, const std::string& object, std::int64_t generation) {
  if (generation < 0 || generation > std::numeric_limits<unsigned>::max())
    base::throw_invalid("generation", "must be from 0 to 4294967295");
  const auto value = static_cast<unsigned>(generation);
  base::check(::ioctl(fd, FS_IOC_SETVERSION, &value), object);
}

}  // namespace vmcraft::fs
