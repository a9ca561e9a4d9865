// SPDX-License-Identifier: LGPL-3.0-or-later
// ext2, ext3 and ext4.
#include <fcntl.h>
#include <sys/wait.h>

#include "actions/fs.h"
#include "base/error.h"
#include "fs/check.h"
#include "fs/ext.h"
#include "fs/make.h"
#include "handle/file_system.h"
#include "handle/mounting.h"
#include "handle/tool.h"

namespace vmcraft {

using handle::Device;
using handle::Handle;
using handle::Tool;
using probe::Superblock;

namespace {

// Files and directories only: the same call means something else to a device.
base::UniqueFd open_inode(Handle& h, const std::string& path) {
  base::UniqueFd fd = h.root().open(path, O_RDONLY | O_NONBLOCK);
  struct stat st {};
  base::check(::fstat(fd.get(), &st), path);
  if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
    base::throw_invalid(path, "is neither a file nor a directory");
  return fd;
}

std::string find_journal(Handle& h, const std::string& wanted,
                         const std::string Superblock::*member) {
  for (const std::string& name : handle::content_devices(h)) {
    const Superblock found = handle::superblock_of(h, name);
    if (found.type == "jbd" && found.*member == wanted) return name;
  }
  throw Error(ErrorCode::system, ENOENT, wanted + ": no device here holds this journal");
}

void make_with_journal(Handle& h, const std::string& fstype, int blocksize,
                       const std::string& device, const std::string& journal) {
  Mke2fsOptions options;
  options.fstype = fstype;
  options.blocksize = blocksize;
  options.journaldevice = journal;
  options.forcecreate = true;
  action::mke2fs(h, device, options);
}

void make_journal(Handle& h, int blocksize, const std::string& device, Mke2fsOptions options) {
  options.blocksize = blocksize;
  options.journaldev = true;
  options.forcecreate = true;
  action::mke2fs(h, device, options);
}

// resize2fs asks for a check first. Only what is found by its superblock is checked: e2fsck would bring one
// back that another content has been put over.
void check_before_resize(Handle& h, const std::string& device) {
  if (!handle::superblock_of(h, device).type.starts_with("ext")) return;
  E2fsckOptions options;
  options.correct = true;
  action::e2fsck(h, device, options);
}

void resize(Handle& h, const std::string& name, std::optional<std::int64_t> size_bytes) {
  const Device device = h.devices().find(name);
  if (size_bytes && *size_bytes < 1024) base::throw_invalid("size", "must be 1024 bytes or more");
  if (const auto top = handle::open_mounted(h, device))
    return fs::resize_mounted(
        top->get(), name,
        size_bytes ? static_cast<std::uint64_t>(*size_bytes) : device.extent.size_bytes);
  check_before_resize(h, name);
  Tool tool(h, "resize2fs");
  tool.writes(name);
  if (size_bytes) tool.args(std::to_string(*size_bytes / 1024) + "K");
  tool.run();
}

}  // namespace

void action::mke2fs(Handle& h, const std::string& device, const Mke2fsOptions& options) {
  std::string journal;
  if (options.journaldevice) journal = h.devices().find(*options.journaldevice).name;
  const fs::Mke2fsCommand command = fs::mke2fs_command(options, journal);
  Tool tool(h, command.argv);
  if (!journal.empty()) tool.shows(journal, true);
  tool.writes(device);
  if (command.blocks_count) tool.args(*command.blocks_count);
  tool.run();
}

void action::mke2fs_J(Handle& h, const std::string& fstype, int blocksize,
                      const std::string& device, const std::string& journal) {
  make_with_journal(h, fstype, blocksize, device, journal);
}

void action::mke2fs_JL(Handle& h, const std::string& fstype, int blocksize,
                       const std::string& device, const std::string& label) {
  make_with_journal(h, fstype, blocksize, device, find_journal(h, label, &Superblock::label));
}

void action::mke2fs_JU(Handle& h, const std::string& fstype, int blocksize,
                       const std::string& device, const std::string& uuid) {
  make_with_journal(h, fstype, blocksize, device, find_journal(h, uuid, &Superblock::uuid));
}

void action::mke2journal(Handle& h, int blocksize, const std::string& device) {
  make_journal(h, blocksize, device, {});
}

void action::mke2journal_L(Handle& h, int blocksize, const std::string& label,
                           const std::string& device) {
  Mke2fsOptions options;
  options.label = label;
  make_journal(h, blocksize, device, options);
}

void action::mke2journal_U(Handle& h, int blocksize, const std::string& uuid,
                           const std::string& device) {
  Mke2fsOptions options;
  options.uuid = uuid;
  make_journal(h, blocksize, device, options);
}

void action::mklost_and_found(Handle& h, const std::string& mountpoint) {
  fs::make_lost_and_found(h.root().open_directory(mountpoint).get(), mountpoint);
}

std::string action::get_e2label(Handle& h, const std::string& device) {
  return handle::superblock_of(h, device).label;
}

void action::set_e2label(Handle& h, const std::string& device, const std::string& label) {
  set_label(h, device, label);
}

std::string action::get_e2uuid(Handle& h, const std::string& device) {
  return handle::superblock_of(h, device).uuid;
}

void action::set_e2uuid(Handle& h, const std::string& device, const std::string& uuid) {
  // The older call takes these words of tune2fs too.
  if (uuid == "clear" || uuid == "random" || uuid == "time") {
    Tool(h, "tune2fs").args("-f", "-U", uuid).writes(device).run();
    return;
  }
  set_uuid(h, device, uuid);
}

void action::e2fsck(Handle& h, const std::string& device, const E2fsckOptions& options) {
  const std::vector<std::string> argv = fs::e2fsck_command(options);
  const base::CommandResult result = Tool(h, argv).writes(device).attempt();
  // 1: errors were found, and corrected.
  if (WIFEXITED(result.status) && WEXITSTATUS(result.status) == 1) return;
  // Its standard error may hold no more than its version.
  base::require_success({.argv = argv, .input = {}, .environment = {}},
                        {result.status, {}, result.err + result.out});
}

void action::e2fsck_f(Handle& h, const std::string& device) {
  E2fsckOptions options;
  options.correct = true;
  e2fsck(h, device, options);
}

void action::tune2fs(Handle& h, const std::string& device, const Tune2fsOptions& options) {
  Tool(h, fs::tune2fs_command(options)).writes(device).run();
}

HashTable action::tune2fs_l(Handle& h, const std::string& device) {
  return fs::parse_superblock(Tool(h, "tune2fs").args("-l").reads(device).run());
}

void action::resize2fs(Handle& h, const std::string& device) { resize(h, device, std::nullopt); }

void action::resize2fs_size(Handle& h, const std::string& device, std::int64_t size) {
  resize(h, device, size);
}

void action::resize2fs_M(Handle& h, const std::string& device) {
  if (!handle::open_mounted(h, h.devices().find(device))) check_before_resize(h, device);
  Tool(h, "resize2fs").args("-M").writes(device).run();
}

std::string action::get_e2attrs(Handle& h, const std::string& file) {
  return fs::get_attributes(open_inode(h, file).get(), file);
}

void action::set_e2attrs(Handle& h, const std::string& file, const std::string& attrs,
                         const SetE2attrsOptions& options) {
  fs::change_attributes(open_inode(h, file).get(), file, attrs, options.clear.value_or(false));
}

std::int64_t action::get_e2generation(Handle& h, const std::string& file) {
  return fs::get_generation(open_inode(h, file).get(), file);
}

void action::set_e2generation(Handle& h, const std::string& file, std::int64_t generation) {
  fs::set_generation(open_inode(h, file).get(), file, generation);
}

}  // namespace vmcraft
