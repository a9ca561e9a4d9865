// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/mount.h"

#include <fcntl.h>

#include "base/error.h"
#include "handle/handle.h"
#include "handle/mounting.h"
#include "image/loop.h"
#include "probe/superblock.h"

namespace vmcraft {
namespace {

using handle::Handle;
using handle::Metrics;

void mount_with(Handle& h, const std::string& options, const std::string& type,
                const std::string& mountable, const std::string& mountpoint) {
  const Metrics::Timer timer(h.metrics, "mount");
  handle::mount_device(h, h.mounts(), {options, type, mountable, mountpoint});
}

}  // namespace

void action::mount(Handle& h, const std::string& mountable, const std::string& mountpoint) {
  mount_with(h, "", "", mountable, mountpoint);
}

void action::mount_ro(Handle& h, const std::string& mountable, const std::string& mountpoint) {
  mount_with(h, "ro", "", mountable, mountpoint);
}

void action::mount_options(Handle& h, const std::string& options, const std::string& mountable,
                           const std::string& mountpoint) {
  mount_with(h, options, "", mountable, mountpoint);
}

void action::mount_vfs(Handle& h, const std::string& options, const std::string& vfstype,
                       const std::string& mountable, const std::string& mountpoint) {
  mount_with(h, options, vfstype, mountable, mountpoint);
}

void action::umount(Handle& h, const std::string& path_or_device, const UmountOptions& options) {
  h.mounts().umount(path_or_device, options.force.value_or(false),
                    options.lazyunmount.value_or(false));
}

void action::umount_all(Handle& h) {
  if (h.has_mounts()) h.mounts().umount_all();
}

std::vector<std::string> action::mounts(Handle& h) {
  std::vector<std::string> devices;
  if (h.has_mounts())
    for (const mount::Mounted& entry : h.mounts().mounts()) devices.push_back(entry.device);
  return devices;
}

HashTable action::mountpoints(Handle& h) {
  HashTable table;
  if (h.has_mounts())
    for (const mount::Mounted& entry : h.mounts().mounts())
      table.emplace_back(entry.device, entry.target);
  return table;
}

void action::mkmountpoint(Handle& h, const std::string& path) { h.mounts().make_mountpoint(path); }

void action::rmmountpoint(Handle& h, const std::string& path) {
  h.mounts().remove_mountpoint(path);
}

void action::remount(Handle& h, const std::string& mountpoint, const RemountOptions& options) {
  h.mounts().remount(mountpoint, !options.rw.value_or(false));
}

void action::mount_loop(Handle& h, const std::string& file, const std::string& mountpoint) {
  const base::UniqueFd image = h.root().open_regular(file, O_RDWR);
  const image::Extent whole{0, base::size_of(image.get())};
  const auto node = image::make_loop({image.get(), whole, 512, true, false});
  const std::string type = probe::probe(image.get(), whole).type;
  if (type.empty()) base::throw_invalid(file, "holds no file system that is known");
  h.mounts().mount({node->path(), node->path(), mountpoint, "", type});
}

void action::mount_9p(Handle&, const std::string& mounttag, const std::string&, const Mount9pOptions&) {
  base::throw_not_supported(mounttag, "there are no 9p exports here");
}

std::vector<std::string> action::list_9p(Handle&) {
  base::throw_not_supported("9p", "there are no exports here");
}

}  // namespace vmcraft
