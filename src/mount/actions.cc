// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/mount.h"

#include <fcntl.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "base/trace.h"
#include "actions/handle.h"
#include "handle/handle.h"
#include "image/loop.h"
#include "probe/superblock.h"

namespace vmcraft {
namespace {

using handle::Device;
using handle::Handle;

bool is_readonly(const std::string& options) {
  const std::vector<std::string> words = base::split(options, ',');
  return std::find(words.begin(), words.end(), "ro") != words.end();
}

std::string content_type(Handle& h, const Device& device) {
  const auto view = h.devices().view(device, false);
  const probe::Superblock found = probe::probe(view.fd, view.extent);
  if (!found.type.empty()) return found.type;
  throw Error(ErrorCode::invalid_argument, EINVAL,
              device.name + (found.ambiguous ? ": holds several file systems at once; name the type"
                                             : ": holds no file system that is known"));
}

void mount_device(Handle& h, const Device& device, const mount::MountRequest& request) {
  const bool readonly = is_readonly(request.options);
  const auto attempt = [&](bool writable) {
    const auto node = h.devices().node(device, writable);
    mount::MountRequest with_node = request;
    with_node.node = node->path();
    h.mounts().mount(with_node);
  };
  try {
    attempt(!readonly);
  } catch (const Error& failure) {
    // A journal wants replaying and the drive is read-only: its overlay takes that.
    const bool refused = failure.errno_value() == EROFS || failure.errno_value() == EACCES;
    if (!readonly || !refused || !h.devices().is_readonly(device)) throw;
    base::trace("{}: {}; again with an overlay", device.name, failure.what());
    attempt(true);
  }
}

void mount_with(Handle& h, const std::string& options, const std::string& type,
                const std::string& mountable, const std::string& mountpoint) {
  const handle::Metrics::Timer timer(h.metrics, "mount");
  const Device device = h.devices().find(action::mountable_device(h, mountable));
  mount::MountRequest request;
  request.device = mountable;
  request.target = mountpoint;
  request.options = options;
  if (mountable != action::mountable_device(h, mountable))
    request.options += (options.empty() ? "subvol=" : ",subvol=") +
                       action::mountable_subvolume(h, mountable);
  request.fs_type = type.empty() || type == "auto" ? content_type(h, device) : type;
  try {
    mount_device(h, device, request);
  } catch (const CommandError&) {
    throw;
  } catch (const Error& failure) {
    throw Error(failure.code(), failure.errno_value(),
                mountable + " on " + mountpoint + ": " + failure.what());
  }
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

}  // namespace vmcraft
