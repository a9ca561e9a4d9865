// SPDX-License-Identifier: LGPL-3.0-or-later
// Making, naming and checking file systems of any type.
#include "actions/fs.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "base/error.h"
#include "base/temp.h"
#include "base/text.h"
#include "fs/check.h"
#include "fs/ext.h"
#include "fs/label.h"
#include "fs/make.h"
#include "fs/xfs.h"
#include "handle/file_system.h"
#include "handle/mounting.h"
#include "handle/tool.h"

namespace vmcraft {

using handle::Device;
using handle::Handle;
using handle::Tool;

namespace {

void run_on(Handle& h, const fs::DeviceCommand& command, const std::string& device) {
  Tool(h, command.before).writes(device).args(command.after).run();
}

std::int64_t minimum_ext(Handle& h, const std::string& device) {
  const HashTable facts = fs::parse_superblock(Tool(h, "tune2fs").args("-l").reads(device).run());
  const std::string text = Tool(h, "resize2fs").args("-P", "-f").reads(device).run();
  return fs::ext_minimum_bytes(text, fs::ext_block_size_bytes(facts, device), device);
}

std::int64_t minimum_btrfs(Handle& h, const std::string& mountable) {
  std::int64_t size_bytes = 0;
  handle::with_file_system(h, mountable, handle::Access::readonly, [&](int directory) {
    size_bytes = fs::btrfs_minimum_bytes(
        Tool(h, "btrfs").args("inspect-internal", "min-dev-size").opened(directory).run(),
        mountable);
  });
  return size_bytes;
}

std::int64_t minimum_ntfs(Handle& h, const std::string& device) {
  return fs::ntfs_minimum_bytes(Tool(h, "ntfsresize").args("-P", "-i", "-ff").reads(device).run(),
                                device);
}

// What XFS has once taken it never gives back.
std::int64_t minimum_xfs(Handle& h, const std::string& device) {
  const HashTable info =
      fs::parse_xfs_info(Tool(h, "xfs_db").args("-r", "-c", "info").reads(device).run());
  return static_cast<std::int64_t>(fs::xfs_number(info, "data.bsize", device) *
                                   fs::xfs_number(info, "data.blocks", device));
}

// Copies what a program wrote to a file that had to be seekable.
void send(Handle& h, int fd, base::ByteSink& sink) {
  std::vector<std::byte> buffer(1U << 20U);
  std::uint64_t position = 0;
  sink.expect(base::size_of(fd));
  while (const std::size_t n = base::pread_full(fd, buffer, position)) {
    h.check_cancelled();
    sink.write(std::span(buffer).first(n));
    position += n;
  }
}

}  // namespace

void action::mkfs(Handle& h, const std::string& fstype, const std::string& device,
                  const MkfsOptions& options) {
  Tool(h, fs::make_command({fstype, options.blocksize, options.inode, options.sectorsize,
                            options.features, options.label}))
      .writes(device)
      .run();
}

void action::mkfs_b(Handle& h, const std::string& fstype, int blocksize,
                    const std::string& device) {
  MkfsOptions options;
  options.blocksize = blocksize;
  mkfs(h, fstype, device, options);
}

void action::mksquashfs(Handle& h, const std::string& path, base::ByteSink& filename,
                        const MksquashfsOptions& options) {
  const base::UniqueFd top = h.root().open_directory(path);
  const base::UniqueFd image = base::unnamed_temp_file(base::temp_root(h.settings.temp_dir));
  Tool tool(h, "mksquashfs");
  tool.opened(top.get(), ".").opened(image.get());
  tool.args("-noappend", "-no-progress", "-quiet", "-root-mode", "755");
  if (options.compress) tool.args("-comp", *options.compress);
  if (options.excludes && !options.excludes->empty())
    tool.args("-wildcards", "-e").args(*options.excludes);
  tool.run();
  send(h, image.get(), filename);
}

void action::wipefs(Handle& h, const std::string& device) {
  Tool(h, "wipefs").args("-a", "-f").writes(device).run();
}

void action::set_label(Handle& h, const std::string& mountable, const std::string& label) {
  const std::string device = handle::split_mountable(mountable).first;
  if (const auto top = handle::open_mounted(h, h.devices().find(device)))
    return fs::set_mounted_label(top->get(), device, label);
  run_on(h, fs::label_command(device, handle::superblock_of(h, device).type, label), device);
}

void action::set_uuid(Handle& h, const std::string& device, const std::string& uuid) {
  run_on(h, fs::uuid_command(device, handle::superblock_of(h, device).type, uuid), device);
}

void action::set_uuid_random(Handle& h, const std::string& device) {
  set_uuid(h, device, fs::random_uuid(handle::superblock_of(h, device).type));
}

int action::fsck(Handle& h, const std::string& fstype, const std::string& device) {
  const std::vector<std::string> argv = fs::check_command(fstype);
  const base::CommandResult result = Tool(h, argv).writes(device).attempt();
  if (!WIFEXITED(result.status))
    base::require_success({.argv = argv, .input = {}, .environment = {}}, result);
  return WEXITSTATUS(result.status);
}

std::int64_t action::vfs_minimum_size(Handle& h, const std::string& mountable) {
  const std::string device = handle::split_mountable(mountable).first;
  const std::string type = handle::superblock_of(h, device).type;
  if (type.starts_with("ext")) return minimum_ext(h, device);
  if (type == "btrfs") return minimum_btrfs(h, mountable);
  if (type == "ntfs") return minimum_ntfs(h, device);
  if (type == "xfs") return minimum_xfs(h, device);
  base::throw_not_supported(device, type.empty() ? "holds no file system that is known"
                                                 : "the smallest size of " + type + " is unknown");
}

void action::f2fs_expand(Handle& h, const std::string& device) {
  Tool(h, "resize.f2fs").writes(device).run();
}

}  // namespace vmcraft
