// SPDX-License-Identifier: LGPL-3.0-or-later
#define FUSE_USE_VERSION 312
#include "local/fuse_operations.h"

#include <fuse.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/trace.h"

namespace vmcraft::local {
namespace {

constexpr unsigned kLargestTransfer = 1U << 20U;

FuseContext& context() { return *static_cast<FuseContext*>(fuse_get_context()->private_data); }

// The work of one call: its result, or the errno it throws, negative.
template <typename Work>
int answer(const char* name, const char* path, Work work) noexcept {
  FuseContext& fuse = context();
  const base::TraceScope scope(fuse.trace);
  int result = 0;
  try {
    result = work(fuse.files);
  } catch (const Error& failure) {
    result = failure.errno_value() > 0 ? -failure.errno_value() : -EIO;
    base::trace("fuse: {}", failure.what());
  } catch (const std::bad_alloc&) {
    result = -ENOMEM;
  } catch (...) {
    result = -EIO;
  }
  base::trace("fuse: {} {} = {}", name, path, result);
  return result;
}

// The same for what changes the guest.
template <typename Work>
int change(const char* name, const char* path, Work work) noexcept {
  if (context().readonly) return -EROFS;
  return answer(name, path, [&work](const GuestFiles& files) {
    work(files);
    return 0;
  });
}

// Where others may make files, they own them; else all belongs to root, as the guest has it.
void give_to_caller(const GuestFiles& files, const char* path) {
  if (!context().others) return;
  const fuse_context* caller = fuse_get_context();
  files.change_owner(path, caller->uid, caller->gid);
}

void* on_init(fuse_conn_info* connection, fuse_config* config) {
  connection->max_write = kLargestTransfer;
  config->use_ino = 1;
  config->readdir_ino = 1;
  config->auto_cache = 1;
  config->attr_timeout = config->entry_timeout = config->ac_attr_timeout = context().cache_seconds;
  config->negative_timeout = 0;
  return &context();
}

int on_getattr(const char* path, struct stat* st, fuse_file_info*) {
  return answer("getattr", path, [&](const GuestFiles& files) {
    *st = files.status(path);
    return 0;
  });
}

int on_readlink(const char* path, char* buffer, std::size_t size) {
  return answer("readlink", path, [&](const GuestFiles& files) {
    const std::string text = files.link_text(path);
    const std::size_t length = std::min(text.size(), size - 1);
    std::memcpy(buffer, text.data(), length);
    buffer[length] = '\0';
    return 0;
  });
}

int on_readdir(const char* path, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info*,
               fuse_readdir_flags) {
  return answer("readdir", path, [&](const GuestFiles& files) {
    for (const Entry& entry : files.list(path)) {
      const auto flags =
          entry.name == "." || entry.name == ".." ? fuse_fill_dir_flags(0) : FUSE_FILL_DIR_PLUS;
      if (fill(buffer, entry.name.c_str(), &entry.facts, 0, flags) != 0) return -ENOMEM;
    }
    return 0;
  });
}

int on_read(const char* path, char* buffer, std::size_t size, off_t offset, fuse_file_info*) {
  return answer("read", path, [&](const GuestFiles& files) {
    const std::string data = files.read(path, size, offset);
    std::memcpy(buffer, data.data(), std::min(size, data.size()));
    return static_cast<int>(data.size());
  });
}

int on_write(const char* path, const char* data, std::size_t size, off_t offset, fuse_file_info*) {
  if (context().readonly) return -EROFS;
  return answer("write", path, [&](const GuestFiles& files) {
    return static_cast<int>(files.write(path, {data, size}, offset));
  });
}

int on_statfs(const char* path, struct statvfs* st) {
  return answer("statfs", path, [&](const GuestFiles& files) {
    *st = files.space(path);
    return 0;
  });
}

int on_mknod(const char* path, mode_t mode, dev_t number) {
  return change("mknod", path, [&](const GuestFiles& files) {
    files.make_node(path, mode, number);
    give_to_caller(files, path);
  });
}

int on_create(const char* path, mode_t mode, fuse_file_info*) {
  return on_mknod(path, S_IFREG | (mode & 07777U), 0);
}

// Nothing is kept open: whatever comes names its path.
int on_open(const char*, fuse_file_info*) { return 0; }

int on_mkdir(const char* path, mode_t mode) {
  return change("mkdir", path, [&](const GuestFiles& files) {
    files.make_directory(path, mode);
    give_to_caller(files, path);
  });
}

int on_symlink(const char* text, const char* path) {
  return change("symlink", path, [&](const GuestFiles& files) {
    files.make_symlink(text, path);
    give_to_caller(files, path);
  });
}

int on_link(const char* target, const char* path) {
  return change("link", path, [&](const GuestFiles& files) { files.make_link(target, path); });
}

int on_unlink(const char* path) {
  return change("unlink", path, [&](const GuestFiles& files) { files.remove(path); });
}

int on_rmdir(const char* path) {
  return change("rmdir", path, [&](const GuestFiles& files) { files.remove_directory(path); });
}

int on_rename(const char* from, const char* to, unsigned flags) {
  if (flags != 0)
    return -EINVAL;  // exchange, or not over another: renameat2(2) has no place in guestfs
  return change("rename", from, [&](const GuestFiles& files) { files.rename(from, to); });
}

int on_chmod(const char* path, mode_t mode, fuse_file_info*) {
  return change("chmod", path, [&](const GuestFiles& files) { files.change_mode(path, mode); });
}

int on_chown(const char* path, uid_t owner, gid_t group, fuse_file_info*) {
  return change("chown", path,
                [&](const GuestFiles& files) { files.change_owner(path, owner, group); });
}

int on_truncate(const char* path, off_t size, fuse_file_info*) {
  return change("truncate", path, [&](const GuestFiles& files) { files.truncate(path, size); });
}

int on_utimens(const char* path, const timespec times[2], fuse_file_info*) {
  return change("utimens", path, [&](const GuestFiles& files) {
    files.change_times(path, {times[0], times[1]});
  });
}

int on_fsync(const char* path, int, fuse_file_info*) {
  return answer("fsync", path, [](const GuestFiles& files) {
    files.sync();
    return 0;
  });
}

bool has_attribute(const GuestFiles& files, const char* path, const char* name) {
  const std::vector<std::string> names = files.attribute_names(path);
  return std::find(names.begin(), names.end(), name) != names.end();
}

int on_setxattr(const char* path, const char* name, const char* value, std::size_t size,
                int flags) {
  return change("setxattr", path, [&](const GuestFiles& files) {
    if (flags != 0) {
      const bool there = has_attribute(files, path, name);
      if (there && (flags & XATTR_CREATE) != 0) base::throw_errno(name, EEXIST);
      if (!there && (flags & XATTR_REPLACE) != 0) base::throw_errno(name, ENODATA);
    }
    files.set_attribute(path, name, {value, size});
  });
}

// The protocol of getxattr(2) and listxattr(2): a size of 0 asks how much there is.
int fill(std::string_view data, char* buffer, std::size_t size) {
  if (size != 0 && data.size() > size) return -ERANGE;
  if (size != 0) std::memcpy(buffer, data.data(), data.size());
  return static_cast<int>(data.size());
}

int on_getxattr(const char* path, const char* name, char* buffer, std::size_t size) {
  return answer("getxattr", path, [&](const GuestFiles& files) {
    return fill(files.attribute(path, name), buffer, size);
  });
}

int on_listxattr(const char* path, char* buffer, std::size_t size) {
  return answer("listxattr", path, [&](const GuestFiles& files) {
    std::string names;
    for (const std::string& name : files.attribute_names(path)) names.append(name).push_back('\0');
    return fill(names, buffer, size);
  });
}

int on_removexattr(const char* path, const char* name) {
  return change("removexattr", path,
                [&](const GuestFiles& files) { files.remove_attribute(path, name); });
}

fuse_operations make_operations() {
  fuse_operations table{};
  table.init = on_init;
  table.getattr = on_getattr;
  table.readlink = on_readlink;
  table.readdir = on_readdir;
  table.open = on_open;
  table.create = on_create;
  table.read = on_read;
  table.write = on_write;
  table.statfs = on_statfs;
  table.mknod = on_mknod;
  table.mkdir = on_mkdir;
  table.symlink = on_symlink;
  table.link = on_link;
  table.unlink = on_unlink;
  table.rmdir = on_rmdir;
  table.rename = on_rename;
  table.chmod = on_chmod;
  table.chown = on_chown;
  table.truncate = on_truncate;
  table.utimens = on_utimens;
  table.fsync = on_fsync;
  table.fsyncdir = on_fsync;
  table.setxattr = on_setxattr;
  table.getxattr = on_getxattr;
  table.listxattr = on_listxattr;
  table.removexattr = on_removexattr;
  return table;
}

}  // namespace

const fuse_operations& operations() {
  static const fuse_operations table = make_operations();
  return table;
}

}  // namespace vmcraft::local
