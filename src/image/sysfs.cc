// SPDX-License-Identifier: LGPL-3.0-or-later
#include "image/sysfs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <filesystem>

#include "base/error.h"
#include "base/text.h"

namespace vmcraft::image {
namespace {

constexpr std::uint64_t kSysfsSector = 512;

std::uint64_t number_in(const std::filesystem::path& file) {
  std::error_code missing;
  if (!std::filesystem::exists(file, missing)) return 0;
  const std::string text = base::read_text_file(file.string(), 4096);
  return base::parse_number<std::uint64_t>(base::trim(text)).value_or(0);
}

}  // namespace

std::shared_ptr<BlockNode> existing_node(int fd, const std::string& path, const Extent& extent,
                                         bool writable) {
  const int flags = writable ? O_RDWR : O_RDONLY;
  if (extent.offset_bytes == 0 && extent.size_bytes == base::size_of(fd))
    return std::make_shared<BlockNode>(path, base::open_file(path, flags));
  struct stat st {};
  base::check(::fstat(fd, &st), path);
  const std::filesystem::path folder = "/sys/dev/block/" + std::to_string(major(st.st_rdev)) + ":" +
                                       std::to_string(minor(st.st_rdev));
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    if (!std::filesystem::exists(entry.path() / "partition", missing)) continue;
    if (number_in(entry.path() / "start") * kSysfsSector != extent.offset_bytes ||
        number_in(entry.path() / "size") * kSysfsSector != extent.size_bytes)
      continue;
    const std::string node = "/dev/" + entry.path().filename().string();
    return std::make_shared<BlockNode>(node, base::open_file(node, flags));
  }
  return nullptr;
}

}  // namespace vmcraft::image
