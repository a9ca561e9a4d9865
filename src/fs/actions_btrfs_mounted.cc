// SPDX-License-Identifier: LGPL-3.0-or-later
// btrfs that is mounted, by the kernel's own calls: programs cannot see the mounts of a handle.
#include <fcntl.h>
#include <sys/stat.h>

#include "actions/fs.h"
#include "base/error.h"
#include "file/walk.h"
#include "fs/btrfs.h"
#include "fs/btrfs_device.h"
#include "fs/btrfs_quota.h"
#include "handle/file_system.h"

namespace vmcraft {

using handle::Access;
using handle::Handle;

namespace {

base::UniqueFd top_of(Handle& h, const std::string& path) { return h.root().open_directory(path); }

// The directory an entry is to be made in, open for more than its name.
struct Place {
  base::UniqueFd directory;
  std::string name;
};

Place place_of(Handle& h, const std::string& path) {
  const mount::GuestRoot::Entry entry = h.root().entry(path);
  return {base::UniqueFd(base::check(
              ::openat(entry.directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), path)),
          entry.name};
}

// A snapshot at a directory that is there goes into it under the source's name.
Place snapshot_place(Handle& h, const std::string& source, const std::string& dest) {
  const auto st = h.root().stat(dest);
  if (st && S_ISDIR(st->st_mode)) return {top_of(h, dest), h.root().entry(source).name};
  return place_of(h, dest);
}

std::vector<std::uint64_t> qgroups_of(const std::optional<std::string>& text) {
  if (!text) return {};
  return {fs::parse_qgroup(*text)};
}

class Defragmenter : public file::Visitor {
 public:
  Defragmenter(std::string top, fs::DefragmentSpec spec)
      : top_(std::move(top)), spec_(std::move(spec)) {}
  void file(const file::Found& found) override {
    if (!S_ISREG(found.st.st_mode)) return;
    const std::string object = file::below(top_, found.path);
    fs::defragment(file::FoundFile(found, object).fd(), false, object, spec_);
  }
  bool enter(const file::Found& found) override {
    fs::defragment(found.self, true, file::below(top_, found.path), spec_);
    return true;
  }

 private:
  std::string top_;
  fs::DefragmentSpec spec_;
};

}  // namespace

// Subvolumes

void action::btrfs_subvolume_create(Handle& h, const std::string& dest,
                                    const BtrfsSubvolumeCreateOptions& options) {
  const Place place = place_of(h, dest);
  fs::create_subvolume(place.directory.get(), place.name, dest, qgroups_of(options.qgroupid));
}

void action::btrfs_subvolume_snapshot(Handle& h, const std::string& source, const std::string& dest,
                                      const BtrfsSubvolumeSnapshotOptions& options) {
  const base::UniqueFd from = top_of(h, source);
  const Place place = snapshot_place(h, source, dest);
  fs::create_snapshot(place.directory.get(), place.name, dest,
                      {from.get(), options.ro.value_or(false), qgroups_of(options.qgroupid)});
}

void action::btrfs_subvolume_delete(Handle& h, const std::string& subvolume) {
  const Place place = place_of(h, subvolume);
  fs::delete_subvolume(place.directory.get(), place.name, subvolume);
}

std::vector<Btrfssubvolume> action::btrfs_subvolume_list(Handle& h, const std::string& fs) {
  std::vector<Btrfssubvolume> list;
  handle::with_file_system(h, fs, Access::readonly, [&](int directory) {
    for (const fs::Subvolume& found : fs::list_subvolumes(directory, fs))
      list.push_back({found.id, found.parent_id, found.path});
  });
  return list;
}

HashTable action::btrfs_subvolume_show(Handle& h, const std::string& subvolume) {
  return fs::describe_subvolume(top_of(h, subvolume).get(), subvolume);
}

std::int64_t action::btrfs_subvolume_get_default(Handle& h, const std::string& fs) {
  std::uint64_t id = 0;
  handle::with_file_system(h, fs, Access::readonly,
                           [&](int directory) { id = fs::default_subvolume(directory, fs); });
  return static_cast<std::int64_t>(id);
}

void action::btrfs_subvolume_set_default(Handle& h, std::int64_t id, const std::string& fs) {
  if (id < 0) base::throw_invalid("id", "must not be negative");
  fs::set_default_subvolume(top_of(h, fs).get(), fs, static_cast<std::uint64_t>(id));
}

// The file system as a whole

void action::btrfs_filesystem_sync(Handle& h, const std::string& fs) {
  fs::sync_btrfs(top_of(h, fs).get(), fs);
}

void action::btrfs_filesystem_resize(Handle& h, const std::string& mountpoint,
                                     const BtrfsFilesystemResizeOptions& options) {
  std::optional<std::uint64_t> size_bytes;
  if (options.size && *options.size <= 0) base::throw_invalid("size", "must be more than 0");
  if (options.size) size_bytes = static_cast<std::uint64_t>(*options.size);
  fs::resize_btrfs(top_of(h, mountpoint).get(), mountpoint, size_bytes);
}

void action::btrfs_filesystem_defragment(Handle& h, const std::string& path,
                                         const BtrfsFilesystemDefragmentOptions& options) {
  const fs::DefragmentSpec spec = {options.flush.value_or(false), options.compress.value_or("")};
  const auto st = h.root().stat(path);
  if (!st || !S_ISDIR(st->st_mode))
    return fs::defragment(h.root().open_regular(path, O_RDWR).get(), false, path, spec);
  base::UniqueFd top = top_of(h, path);
  fs::defragment(top.get(), true, path, spec);
  Defragmenter visitor(path, spec);
  file::walk(std::move(top), path, visitor, {},
             {[](std::uint64_t, std::uint64_t) {}, [&h] { h.check_cancelled(); }});
}

void action::btrfs_filesystem_balance(Handle& h, const std::string& fs) {
  fs::balance(top_of(h, fs).get(), fs);
}

void action::btrfs_balance_pause(Handle& h, const std::string& path) {
  fs::pause_balance(top_of(h, path).get(), path);
}

void action::btrfs_balance_cancel(Handle& h, const std::string& path) {
  fs::cancel_balance(top_of(h, path).get(), path);
}

void action::btrfs_balance_resume(Handle& h, const std::string& path) {
  fs::resume_balance(top_of(h, path).get(), path);
}

Btrfsbalance action::btrfs_balance_status(Handle& h, const std::string& path) {
  return fs::balance_status(top_of(h, path).get(), path);
}

void action::btrfs_scrub_start(Handle& h, const std::string& path) {
  h.scrubs.start(top_of(h, path).get(), path, false);
}

void action::btrfs_scrub_full(Handle& h, const std::string& path,
                              const BtrfsScrubFullOptions& options) {
  const base::UniqueFd top = top_of(h, path);
  h.scrubs.start(top.get(), path, options.readonly.value_or(false));
  h.scrubs.wait(top.get(), path, [&h] { h.check_cancelled(); });
}

void action::btrfs_scrub_cancel(Handle& h, const std::string& path) {
  h.scrubs.cancel(top_of(h, path).get(), path);
}

void action::btrfs_scrub_resume(Handle& h, const std::string& path) {
  h.scrubs.resume(top_of(h, path).get(), path);
}

Btrfsscrub action::btrfs_scrub_status(Handle& h, const std::string& path) {
  return h.scrubs.status(top_of(h, path).get(), path);
}

// Quotas

void action::btrfs_quota_enable(Handle& h, const std::string& fs, bool enable) {
  handle::with_file_system(h, fs, Access::readwrite,
                           [&](int directory) { fs::enable_quota(directory, fs, enable); });
}

void action::btrfs_quota_rescan(Handle& h, const std::string& fs) {
  handle::with_file_system(h, fs, Access::readwrite,
                           [&](int directory) { fs::rescan_quota(directory, fs); });
}

void action::btrfs_qgroup_limit(Handle& h, const std::string& subvolume, std::int64_t size) {
  if (size < 0) base::throw_invalid("size", "must not be negative");
  fs::limit_subvolume(top_of(h, subvolume).get(), subvolume, static_cast<std::uint64_t>(size));
}

void action::btrfs_qgroup_create(Handle& h, const std::string& qgroupid,
                                 const std::string& subvolume) {
  fs::create_qgroup(top_of(h, subvolume).get(), subvolume, fs::parse_qgroup(qgroupid), true);
}

void action::btrfs_qgroup_destroy(Handle& h, const std::string& qgroupid,
                                  const std::string& subvolume) {
  fs::create_qgroup(top_of(h, subvolume).get(), subvolume, fs::parse_qgroup(qgroupid), false);
}

void action::btrfs_qgroup_assign(Handle& h, const std::string& src, const std::string& dst,
                                 const std::string& path) {
  fs::assign_qgroup(top_of(h, path).get(), path, fs::parse_qgroup(src), fs::parse_qgroup(dst),
                    true);
}

void action::btrfs_qgroup_remove(Handle& h, const std::string& src, const std::string& dst,
                                 const std::string& path) {
  fs::assign_qgroup(top_of(h, path).get(), path, fs::parse_qgroup(src), fs::parse_qgroup(dst),
                    false);
}

std::vector<Btrfsqgroup> action::btrfs_qgroup_show(Handle& h, const std::string& path) {
  return fs::list_qgroups(top_of(h, path).get(), path);
}

}  // namespace vmcraft
