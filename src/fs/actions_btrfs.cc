// SPDX-License-Identifier: LGPL-3.0-or-later
// btrfs on devices: most of these want it not mounted.
#include <fcntl.h>
#include <sys/wait.h>

#include "actions/fs.h"
#include "base/error.h"
#include "fs/btrfs_device.h"
#include "fs/make.h"
#include "fs/words.h"
#include "handle/file_system.h"
#include "handle/tool.h"

namespace vmcraft {

using handle::Device;
using handle::Handle;
using handle::Tool;

namespace {

// A program on one device of a btrfs; it sees the others.
class BtrfsTool {
 public:
  BtrfsTool(Handle& h, std::vector<std::string> argv, const std::string& device, bool writable)
      : handle_(h), argv_(std::move(argv)), tool_(h, argv_) {
    members_ = handle::btrfs_members(h, h.devices().find(device));
    // The library that looks for the others must not take the machine's list for ours.
    tool_.environment("BLKID_FILE", "/dev/null");
    for (const std::string& member : members_) tool_.shows(member, writable);
    writable ? tool_.writes(device) : tool_.reads(device);
  }
  Tool& operator*() { return tool_; }
  /// Runs it; `also_fine` is an exit status that is no failure.
  void run(int also_fine = 0) {
    const base::CommandResult result = tool_.attempt();
    // The program told the kernel of the devices.
    for (const std::string& member : members_)
      fs::forget_btrfs_device(
          handle_.devices().node(handle_.devices().find(member), false)->path());
    if (!WIFEXITED(result.status) || WEXITSTATUS(result.status) != also_fine)
      base::require_success({.argv = argv_, .input = {}, .environment = {}}, result);
  }

 private:
  Handle& handle_;
  std::vector<std::string> argv_;
  Tool tool_;
  std::vector<std::string> members_;
};

}  // namespace

void action::mkfs_btrfs(Handle& h, const std::vector<std::string>& devices,
                        const MkfsBtrfsOptions& options) {
  if (devices.empty()) base::throw_invalid("devices", "is empty");
  Tool tool(h, fs::mkfs_btrfs_command(options));
  for (const std::string& device : devices) tool.writes(device);
  tool.run();
  for (const std::string& device : devices)
    fs::forget_btrfs_device(h.devices().node(h.devices().find(device), true)->path());
}

void action::btrfs_fsck(Handle& h, const std::string& device, const BtrfsFsckOptions& options) {
  const bool repair = options.repair.value_or(false);
  fs::Words words{"btrfs", "check"};
  words.number("--super", "superblock", options.superblock);
  // Without force it would wait ten seconds for second thoughts.
  if (repair) words.add({"--repair", "--force"});
  BtrfsTool(h, words.take(), device, repair).run();
}

void action::btrfs_rescue_chunk_recover(Handle& h, const std::string& device) {
  BtrfsTool(h, {"btrfs", "rescue", "chunk-recover", "-y"}, device, true).run();
}

void action::btrfs_rescue_super_recover(Handle& h, const std::string& device) {
  constexpr int kRecovered = 2;
  BtrfsTool(h, {"btrfs", "rescue", "super-recover", "-y"}, device, true).run(kRecovered);
}

void action::btrfs_image(Handle& h, const std::vector<std::string>& source,
                         const std::string& image, const BtrfsImageOptions& options) {
  if (source.empty()) base::throw_invalid("source", "is empty");
  fs::Words words{"btrfs-image"};
  if (options.compresslevel && *options.compresslevel > 9)
    base::throw_invalid("compresslevel", "must be from 0 to 9");
  words.number("-c", "compresslevel", options.compresslevel);
  const base::UniqueFd file = h.root().open_regular(image, O_RDWR | O_CREAT | O_TRUNC, 0644);
  BtrfsTool tool(h, words.take(), source[0], false);
  (*tool).opened(file.get());
  tool.run();
}

void action::btrfstune_seeding(Handle& h, const std::string& device, bool seeding) {
  BtrfsTool(h, {"btrfstune", "-f", "-S", seeding ? "1" : "0"}, device, true).run();
}

void action::btrfs_set_seeding(Handle& h, const std::string& device, bool seeding) {
  btrfstune_seeding(h, device, seeding);
}

void action::btrfstune_enable_extended_inode_refs(Handle& h, const std::string& device) {
  BtrfsTool(h, {"btrfstune", "-r"}, device, true).run();
}

void action::btrfstune_enable_skinny_metadata_extent_refs(Handle& h, const std::string& device) {
  BtrfsTool(h, {"btrfstune", "-x"}, device, true).run();
}

std::vector<std::string> action::btrfs_filesystem_show(Handle& h, const std::string& device) {
  if (handle::superblock_of(h, device).type != "btrfs")
    base::throw_invalid(device, "holds no btrfs");
  return handle::btrfs_members(h, h.devices().find(device));
}

void action::btrfs_device_add(Handle& h, const std::vector<std::string>& devices,
                              const std::string& fs) {
  const base::UniqueFd top = h.root().open_directory(fs);
  for (const std::string& device : devices) {
    // What is left of another file system would be found beside the btrfs.
    wipefs(h, device);
    const Device found = h.devices().find(device);
    fs::add_device(top.get(), device, h.devices().node(found, true)->path());
    h.devices().wrote(found);
  }
}

void action::btrfs_device_delete(Handle& h, const std::vector<std::string>& devices,
                                 const std::string& fs) {
  const base::UniqueFd top = h.root().open_directory(fs);
  for (const std::string& device : devices) {
    const Device found = h.devices().find(device);
    fs::delete_device(top.get(), device, h.devices().node(found, true)->path());
    h.devices().wrote(found);
  }
}

void action::btrfs_replace(Handle& h, const std::string& srcdev, const std::string& targetdev,
                           const std::string& mntpoint) {
  const base::UniqueFd top = h.root().open_directory(mntpoint);
  const Device source = h.devices().find(srcdev);
  const Device target = h.devices().find(targetdev);
  if (target.extent.size_bytes < source.extent.size_bytes)
    base::throw_invalid(targetdev, "is smaller than " + srcdev);
  wipefs(h, targetdev);
  fs::replace_device(top.get(), srcdev, h.devices().node(source, true)->path(),
                     h.devices().node(target, true)->path());
  h.devices().wrote(source);
  h.devices().wrote(target);
}

}  // namespace vmcraft
