// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs/make.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "fs/words.h"

namespace vmcraft::fs {
namespace {

// How a program takes one value: `flag prefix+value`; without a flag one word.
struct Option {
  const char* flag = nullptr;
  const char* prefix = "";
  explicit operator bool() const { return flag != nullptr; }
};

struct Maker {
  std::string_view type;
  std::vector<std::string> argv;
  Option block;
  Option inode;
  Option sector;
  Option features;
  Option label;
};

std::vector<Maker> makers() {
  const auto ext = [](const char* type) {
    return Maker{type, {"mke2fs", "-F", "-q", "-t", type}, {"-b"}, {"-I"}, {}, {"-O"}, {"-L"}};
  };
  const auto fat = [](const char* type) {
    return Maker{type, {"mkfs.fat", "-I", "--mbr=n"}, {"-s"}, {}, {"-S"}, {}, {"-n"}};
  };
  return {
      ext("ext2"),
      ext("ext3"),
      ext("ext4"),
      fat("vfat"),
      fat("fat"),
      fat("msdos"),
      {"btrfs", {"mkfs.btrfs", "-f", "-q"}, {}, {}, {"-s"}, {"-O"}, {"-L"}},
      {"exfat", {"mkfs.exfat"}, {"-c"}, {}, {}, {}, {"-L"}},
      {"f2fs", {"mkfs.f2fs", "-f", "-q"}, {}, {}, {"-w"}, {"-O"}, {"-l"}},
      {"hfsplus", {"mkfs.hfsplus"}, {"-b"}, {}, {}, {}, {"-v"}},
      {"jfs", {"mkfs.jfs", "-q"}, {}, {}, {}, {}, {"-L"}},
      {"minix", {"mkfs.minix"}, {}, {}, {}, {}, {}},
      {"nilfs2", {"mkfs.nilfs2", "-f", "-q"}, {"-b"}, {}, {}, {"-O"}, {"-L"}},
      {"ntfs", {"mkfs.ntfs", "-Q", "-F", "-q"}, {"-c"}, {}, {"-s"}, {}, {"-L"}},
      {"reiserfs", {"mkfs.reiserfs", "-ff", "-q"}, {"-b"}, {}, {}, {}, {"-l"}},
      {"swap", {"mkswap", "-f"}, {}, {}, {}, {}, {"-L"}},
      {"udf", {"mkfs.udf", "--utf8"}, {"", "--blocksize="}, {}, {}, {}, {"", "--label="}},
      {"xfs",
       {"mkfs.xfs", "-f", "-q"},
       {"-b", "size="},
       {"-i", "size="},
       {"-s", "size="},
       {},
       {"-L"}},
  };
}

// Types without a row are made by a program of that name where there is one, without options.
Maker maker_of(const std::string& type) {
  const bool sane =
      !type.empty() && type[0] != '-' && std::all_of(type.begin(), type.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
      });
  if (!sane) base::throw_invalid("fstype", "'" + type + "' is not the name of a file system");
  for (Maker& maker : makers())
    if (maker.type == type) return std::move(maker);
  return {type, {"mkfs." + type}, {}, {}, {}, {}, {}};
}

void add(std::vector<std::string>& argv, const Option& option, const std::string& value) {
  if (option.flag[0] != '\0') argv.emplace_back(option.flag);
  argv.push_back(option.prefix + value);
}

void add_size(std::vector<std::string>& argv, const Maker& maker, const Option& option,
              const char* name, const std::optional<int>& value) {
  if (!value) return;
  if (!option) base::throw_invalid(maker.type, fmt::format("takes no {}", name));
  if (*value <= 0 || (*value & (*value - 1)) != 0)
    base::throw_invalid(name, fmt::format("{} is not a power of two", *value));
  add(argv, option, std::to_string(*value));
}

void add_text(std::vector<std::string>& argv, const Maker& maker, const Option& option,
              const char* name, const std::optional<std::string>& value) {
  if (!value) return;
  if (!option) base::throw_invalid(maker.type, fmt::format("takes no {}", name));
  add(argv, option, *value);
}

// mkfs.fat counts the sectors of a cluster.
std::optional<int> block_value(const Maker& maker, const MakeSpec& spec) {
  if (!spec.block_size_bytes || maker.argv[0] != "mkfs.fat") return spec.block_size_bytes;
  const int sector_size_bytes = spec.sector_size_bytes.value_or(512);
  if (sector_size_bytes <= 0 || *spec.block_size_bytes < sector_size_bytes)
    base::throw_invalid("blocksize", fmt::format("{} is less than a sector of {} bytes",
                                                 *spec.block_size_bytes, sector_size_bytes));
  return *spec.block_size_bytes / sector_size_bytes;
}

}  // namespace

std::vector<std::string> make_command(const MakeSpec& spec) {
  Maker maker = maker_of(spec.type);
  std::vector<std::string> argv = maker.argv;
  add_size(argv, maker, maker.block, "blocksize", block_value(maker, spec));
  add_size(argv, maker, maker.inode, "inode", spec.inode_size_bytes);
  add_size(argv, maker, maker.sector, "sectorsize", spec.sector_size_bytes);
  add_text(argv, maker, maker.features, "features", spec.features);
  add_text(argv, maker, maker.label, "label", spec.label);
  return argv;
}

std::vector<std::string> mkfs_btrfs_command(const MkfsBtrfsOptions& options) {
  // Where data begins has been fixed since long: the program takes no such option any more.
  if (options.allocstart) Words::not_negative("allocstart", *options.allocstart);
  Words words{"mkfs.btrfs", "-f", "-q"};
  words.number("-b", "bytecount", options.bytecount);
  words.text("-d", options.datatype);
  words.text("-m", options.metadata);
  // leafsize is the older name of nodesize.
  words.number("-n", "nodesize", options.nodesize ? options.nodesize : options.leafsize);
  words.number("-s", "sectorsize", options.sectorsize);
  words.text("-L", options.label);
  return words.take();
}

}  // namespace vmcraft::fs
