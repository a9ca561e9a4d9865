// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs/xfs.h"

#include <sys/ioctl.h>

#include <algorithm>

#include "fs/words.h"

namespace vmcraft::fs {
namespace {

// The kernel's interface of XFS is not among the headers for programs: these are its V4 geometry
// and what is behind it.
struct Geometry {
  std::uint32_t block_size, realtime_extent_size, group_blocks, group_count;
  std::uint32_t log_blocks, sector_size, inode_size, inode_percent;
  std::uint64_t data_blocks, realtime_blocks, realtime_extents, log_start;
  unsigned char uuid[16];
  std::uint32_t stripe_unit, stripe_width;
  std::int32_t version;
  std::uint32_t flags, log_sector_size, realtime_sector_size, directory_block_size, log_stripe_unit;
};
struct GrowData {
  std::uint64_t blocks;
  std::uint32_t inode_percent;
};
struct GrowLog {
  std::uint32_t blocks;
  std::uint32_t internal;
};
struct GrowRealtime {
  std::uint64_t blocks;
  std::uint32_t extent_size;
};

constexpr unsigned long kGetGeometry = _IOR('X', 124, Geometry);
constexpr unsigned long kGrowData = _IOW('X', 110, GrowData);
constexpr unsigned long kGrowLog = _IOW('X', 111, GrowLog);
constexpr unsigned long kGrowRealtime = _IOW('X', 112, GrowRealtime);

enum Flag : unsigned {
  kAttributes = 0,
  kLogV2 = 8,
  kAttributes2 = 10,
  kProject32 = 11,
  kFoldsCase = 12,
  kLazy = 14,
  kV5 = 15,
  kFileType = 16,
  kFreeInodes = 17,
  kSparse = 18,
  kReverseMap = 19,
  kReflink = 20,
  kBigTime = 21,
  kInodeCounts = 22,
  kLargeExtents = 23
};

Geometry geometry_of(int directory, const std::string& object) {
  Geometry geometry{};
  base::check(::ioctl(directory, kGetGeometry, &geometry), object);
  return geometry;
}

bool has(const Geometry& geometry, Flag flag) { return ((geometry.flags >> flag) & 1U) != 0; }

void add_features(const Geometry& g, HashTable& table) {
  const auto bit = [&](const char* name, Flag flag) {
    table.emplace_back(name, has(g, flag) ? "1" : "0");
  };
  bit("meta-data.projid32bit", kProject32);
  bit("meta-data.crc", kV5);
  bit("meta-data.finobt", kFreeInodes);
  bit("meta-data.sparse", kSparse);
  bit("meta-data.rmapbt", kReverseMap);
  bit("meta-data.reflink", kReflink);
  bit("meta-data.bigtime", kBigTime);
  bit("meta-data.inobtcount", kInodeCounts);
  bit("meta-data.nrext64", kLargeExtents);
}

bool is_number(std::string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

// "isize=512    agcount=4, agsize=19200 blks": a unit belongs to the number before it.
void parse_fields(const std::string& section, std::string_view text, HashTable& table) {
  std::string heading;
  bool fields = false;
  for (std::string word : base::split_blanks(text)) {
    while (word.ends_with(',')) word.pop_back();
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos) {
      fields = true;
      table.emplace_back(section + "." + word.substr(0, equals), word.substr(equals + 1));
    } else if (fields && is_number(table.back().second)) {
      table.back().second += " " + word;
    } else if (!fields) {
      heading += (heading.empty() ? "" : " ") + word;
    }
  }
  if (heading.empty()) return;
  const auto fields_of_line = std::find_if(table.begin(), table.end(), [&](const auto& entry) {
    return entry.first.starts_with(section + ".");
  });
  table.emplace(fields_of_line, section, heading);
}

std::uint64_t value_of(const HashTable& info, const std::string& key, std::uint64_t missing) {
  for (const auto& [name, value] : info)
    if (name == key)
      return base::parse_number<std::uint64_t>(value.substr(0, value.find(' '))).value_or(missing);
  return missing;
}

std::string text_of(const HashTable& info, const std::string& key) {
  for (const auto& [name, value] : info)
    if (name == key) return value;
  return {};
}

}  // namespace

HashTable parse_xfs_info(const std::string& text) {
  HashTable table;
  std::string section;
  for (const std::string& line : base::split_lines(text)) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string heading(base::trim(std::string_view(line).substr(0, equals)));
    if (!heading.empty()) section = heading;
    parse_fields(section, std::string_view(line).substr(equals + 1), table);
  }
  return table;
}

HashTable mounted_xfs_info(int directory, const std::string& object, const std::string& device) {
  const Geometry g = geometry_of(directory, object);
  const auto text = [](auto number) { return std::to_string(number); };
  const auto blocks = [](auto number) { return std::to_string(number) + " blks"; };
  HashTable table = {{"meta-data", device},
                     {"meta-data.isize", text(g.inode_size)},
                     {"meta-data.agcount", text(g.group_count)},
                     {"meta-data.agsize", blocks(g.group_blocks)},
                     {"meta-data.sectsz", text(g.sector_size)},
                     {"meta-data.attr", has(g, kAttributes2)  ? "2"
                                        : has(g, kAttributes) ? "1"
                                                              : "0"}};
  add_features(g, table);
  const HashTable rest = {{"data.bsize", text(g.block_size)},
                          {"data.blocks", text(g.data_blocks)},
                          {"data.imaxpct", text(g.inode_percent)},
                          {"data.sunit", text(g.stripe_unit)},
                          {"data.swidth", blocks(g.stripe_width)},
                          {"naming", "version 2"},
                          {"naming.bsize", text(g.directory_block_size)},
                          {"naming.ascii-ci", has(g, kFoldsCase) ? "1" : "0"},
                          {"naming.ftype", has(g, kFileType) ? "1" : "0"},
                          {"log", g.log_start != 0 ? "internal log" : "external"},
                          {"log.bsize", text(g.block_size)},
                          {"log.blocks", text(g.log_blocks)},
                          {"log.version", has(g, kLogV2) ? "2" : "1"},
                          {"log.sectsz", text(g.log_sector_size)},
                          {"log.sunit", blocks(g.log_stripe_unit / g.block_size)},
                          {"log.lazy-count", has(g, kLazy) ? "1" : "0"},
                          {"realtime", g.realtime_blocks != 0 ? "external" : "none"},
                          {"realtime.extsz", text(g.realtime_extent_size * g.block_size)},
                          {"realtime.blocks", text(g.realtime_blocks)},
                          {"realtime.rtextents", text(g.realtime_extents)}};
  table.insert(table.end(), rest.begin(), rest.end());
  return table;
}

std::uint64_t xfs_number(const HashTable& info, const std::string& key, const std::string& object) {
  constexpr std::uint64_t kMissing = ~std::uint64_t{0};
  const std::uint64_t number = value_of(info, key, kMissing);
  if (number == kMissing) base::throw_corrupt(object, "the geometry has no " + key);
  return number;
}

Xfsinfo xfs_struct(const HashTable& info) {
  const auto number = [&](const char* key) {
    return static_cast<std::uint32_t>(value_of(info, key, ~std::uint32_t{0}));
  };
  const auto large = [&](const char* key) { return value_of(info, key, ~std::uint64_t{0}); };
  Xfsinfo result;
  result.xfs_mntpoint = text_of(info, "meta-data");
  result.xfs_inodesize = number("meta-data.isize");
  result.xfs_agcount = number("meta-data.agcount");
  result.xfs_agsize = number("meta-data.agsize");
  result.xfs_sectsize = number("meta-data.sectsz");
  result.xfs_attr = number("meta-data.attr");
  result.xfs_blocksize = number("data.bsize");
  result.xfs_datablocks = large("data.blocks");
  result.xfs_imaxpct = number("data.imaxpct");
  result.xfs_sunit = number("data.sunit");
  result.xfs_swidth = number("data.swidth");
  const std::string naming = text_of(info, "naming");
  result.xfs_dirversion = base::parse_number<std::uint32_t>(naming.substr(naming.rfind(' ') + 1))
                              .value_or(~std::uint32_t{0});
  result.xfs_dirblocksize = number("naming.bsize");
  result.xfs_cimode = number("naming.ascii-ci");
  result.xfs_logname = text_of(info, "log");
  result.xfs_logblocksize = number("log.bsize");
  result.xfs_logblocks = number("log.blocks");
  result.xfs_logversion = number("log.version");
  result.xfs_logsectsize = number("log.sectsz");
  result.xfs_logsunit = number("log.sunit");
  result.xfs_lazycount = number("log.lazy-count");
  result.xfs_rtname = text_of(info, "realtime");
  result.xfs_rtextsize = number("realtime.extsz");
  result.xfs_rtblocks = large("realtime.blocks");
  result.xfs_rtextents = large("realtime.rtextents");
  return result;
}

std::vector<std::string> xfs_admin_command(const XfsAdminOptions& options) {
  Words words{"xfs_admin"};
  words.flag("-e", options.extunwritten);
  words.flag("-f", options.imgfile);
  words.flag("-j", options.v2log);
  words.flag("-p", options.projid32bit);
  if (options.lazycounter) words.add({"-c", *options.lazycounter ? "1" : "0"});
  words.text("-L", options.label);
  words.text("-U", options.uuid);
  std::vector<std::string> argv = words.take();
  if (argv.size() == 1) base::throw_invalid("options", "name nothing to change");
  return argv;
}

std::vector<std::string> xfs_repair_command(const XfsRepairOptions& options) {
  Words words{"xfs_repair"};
  words.flag("-L", options.forcelogzero);
  words.flag("-n", options.nomodify);
  words.flag("-P", options.noprefetch);
  if (options.forcegeometry.value_or(false)) words.add({"-o", "force_geometry"});
  words.number("-m", "maxmem", options.maxmem);
  const auto suboption = [&](const char* key, const std::optional<std::int64_t>& value) {
    if (value) words.add({"-o", std::string(key) + "=" + Words::not_negative(key, *value)});
  };
  suboption("ihash", options.ihashsize);
  suboption("bhash", options.bhashsize);
  suboption("ag_stride", options.agstride);
  return words.take();
}

namespace {

void grow_data(int directory, const std::string& object, const Geometry& g,
               std::uint64_t device_size_bytes, const XfsGrowfsOptions& options) {
  GrowData data{g.data_blocks, g.inode_percent};
  if (options.maxpct) data.inode_percent = static_cast<std::uint32_t>(*options.maxpct);
  if (options.datasize) data.blocks = static_cast<std::uint64_t>(*options.datasize);
  else if (options.datasec.value_or(false)) data.blocks = device_size_bytes / g.block_size;
  if (data.blocks < g.data_blocks)
    base::throw_invalid(object, "has " + std::to_string(g.data_blocks) +
                                    " blocks of data, and XFS does not shrink");
  if (data.blocks == g.data_blocks && data.inode_percent == g.inode_percent) return;
  base::check(::ioctl(directory, kGrowData, &data), object + ": data section");
}

void grow_log(int directory, const std::string& object, const Geometry& g,
              const XfsGrowfsOptions& options) {
  GrowLog log{g.log_blocks, g.log_start != 0 ? 1U : 0U};
  if (options.logsize) log.blocks = static_cast<std::uint32_t>(*options.logsize);
  if (log.blocks == g.log_blocks) return;
  base::check(::ioctl(directory, kGrowLog, &log), object + ": log section");
}

void grow_realtime(int directory, const std::string& object, const Geometry& g,
                   const XfsGrowfsOptions& options) {
  if (g.realtime_blocks == 0) base::throw_invalid(object, "has no realtime section");
  GrowRealtime realtime{g.realtime_blocks, g.realtime_extent_size};
  if (options.rtsize) realtime.blocks = static_cast<std::uint64_t>(*options.rtsize);
  if (options.rtextsize) realtime.extent_size = static_cast<std::uint32_t>(*options.rtextsize);
  base::check(::ioctl(directory, kGrowRealtime, &realtime), object + ": realtime section");
}

}  // namespace

void grow_xfs(int directory, const std::string& object, std::uint64_t device_size_bytes,
              const XfsGrowfsOptions& wish) {
  for (const auto& [name, value] : {std::pair("datasize", wish.datasize),
                                    {"logsize", wish.logsize},
                                    {"rtsize", wish.rtsize},
                                    {"rtextsize", wish.rtextsize}})
    if (value) Words::not_negative(name, *value);
  if (wish.maxpct && (*wish.maxpct < 0 || *wish.maxpct > 100))
    base::throw_invalid("maxpct", "must be from 0 to 100");
  XfsGrowfsOptions options = wish;
  const bool log = options.logsec.value_or(false) || options.logsize;
  const bool realtime = options.rtsec.value_or(false) || options.rtsize || options.rtextsize;
  if (!log && !realtime && !options.datasize && !options.maxpct) options.datasec = true;
  const Geometry g = geometry_of(directory, object);
  grow_data(directory, object, g, device_size_bytes, options);
  if (log) grow_log(directory, object, g, options);
  if (realtime) grow_realtime(directory, object, g, options);
}

}  // namespace vmcraft::fs
