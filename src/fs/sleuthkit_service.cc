// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs/sleuthkit_service.h"

#include <tsk/libtsk.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

#include "base/error.h"
#include "rpc_types.h"

namespace vmcraft::fs {
namespace {

constexpr unsigned kSector = 512;

enum DirentFlag : std::uint32_t { kAllocated = 1, kReallocated = 2, kCompressed = 4 };

/// libtsk's image over our descriptor; its first member is what libtsk knows.
struct Image {
  TSK_IMG_INFO info;
  int fd;
};

ssize_t read_image(TSK_IMG_INFO* info, TSK_OFF_T offset, char* buffer, std::size_t size) {
  const auto* image = reinterpret_cast<Image*>(info);
  if (offset < 0 || offset > info->size) return -1;
  const auto most = std::min<std::uint64_t>(size, static_cast<std::uint64_t>(info->size - offset));
  try {
    return static_cast<ssize_t>(
        base::pread_full(image->fd, std::as_writable_bytes(std::span(buffer, most)),
                         static_cast<std::uint64_t>(offset)));
  } catch (const Error&) {
    return -1;
  }
}

void close_image(TSK_IMG_INFO* info) { std::free(info); }
void describe_image(TSK_IMG_INFO*, FILE*) {}

struct CloseImage {
  void operator()(TSK_IMG_INFO* info) const noexcept { ::tsk_img_close(info); }
};
struct CloseFileSystem {
  void operator()(TSK_FS_INFO* info) const noexcept { ::tsk_fs_close(info); }
};
struct CloseFile {
  void operator()(TSK_FS_FILE* file) const noexcept { ::tsk_fs_file_close(file); }
};

/// An open file system and the name to tell errors with.
struct FileSystem {
  std::string name;
  std::unique_ptr<TSK_IMG_INFO, CloseImage> image;
  std::unique_ptr<TSK_FS_INFO, CloseFileSystem> info;
};

[[noreturn]] void fail(const std::string& object) {
  const char* reason = ::tsk_error_get_errstr();
  const std::uint32_t number = ::tsk_error_get_errno();
  const std::string text = reason != nullptr && *reason != '\0' ? reason : "cannot be read";
  switch (number) {
    case TSK_ERR_FS_UNSUPTYPE:
    case TSK_ERR_FS_UNKTYPE:
      base::throw_not_supported(object, "no file system that libtsk knows");
    case TSK_ERR_FS_INODE_NUM:
    case TSK_ERR_FS_WALK_RNG:
    case TSK_ERR_FS_ARG: base::throw_invalid(object, text);
    default: base::throw_corrupt(object, text);
  }
}

FileSystem open_file_system(base::Service::Call& call) {
  FileSystem opened;
  opened.name = call.arguments.get<std::string>();
  const std::uint64_t size = base::size_of(call.fd);
  auto* image = static_cast<Image*>(std::calloc(1, sizeof(Image)));
  if (image == nullptr) throw std::bad_alloc();
  image->fd = call.fd;
  opened.image.reset(::tsk_img_open_external(image, static_cast<TSK_OFF_T>(size), kSector, read_image,
                                             close_image, describe_image));
  if (!opened.image) {
    std::free(image);
    fail(opened.name);
  }
  opened.info.reset(::tsk_fs_open_img(opened.image.get(), 0, TSK_FS_TYPE_DETECT));
  if (!opened.info) fail(opened.name);
  return opened;
}

char letter_of(TSK_FS_NAME_TYPE_ENUM type) {
  switch (type) {
    case TSK_FS_NAME_TYPE_FIFO: return 'f';
    case TSK_FS_NAME_TYPE_CHR: return 'c';
    case TSK_FS_NAME_TYPE_DIR: return 'd';
    case TSK_FS_NAME_TYPE_BLK: return 'b';
    case TSK_FS_NAME_TYPE_REG: return 'r';
    case TSK_FS_NAME_TYPE_LNK: return 'l';
    case TSK_FS_NAME_TYPE_SOCK: return 's';
    case TSK_FS_NAME_TYPE_SHAD: return 'h';
    case TSK_FS_NAME_TYPE_WHT: return 'w';
    default: return 'u';
  }
}

char letter_of(TSK_FS_META_TYPE_ENUM type) {
  switch (type) {
    case TSK_FS_META_TYPE_FIFO: return 'f';
    case TSK_FS_META_TYPE_CHR: return 'c';
    case TSK_FS_META_TYPE_DIR: return 'd';
    case TSK_FS_META_TYPE_BLK: return 'b';
    case TSK_FS_META_TYPE_REG: return 'r';
    case TSK_FS_META_TYPE_LNK: return 'l';
    case TSK_FS_META_TYPE_SOCK: return 's';
    case TSK_FS_META_TYPE_SHAD: return 'h';
    case TSK_FS_META_TYPE_WHT: return 'w';
    default: return 'u';
  }
}

void set_metadata(TskDirent& entry, const TSK_FS_META& meta) {
  entry.tsk_size = meta.size;
  entry.tsk_atime_sec = meta.atime;
  entry.tsk_atime_nsec = meta.atime_nano;
  entry.tsk_mtime_sec = meta.mtime;
  entry.tsk_mtime_nsec = meta.mtime_nano;
  entry.tsk_ctime_sec = meta.ctime;
  entry.tsk_ctime_nsec = meta.ctime_nano;
  entry.tsk_crtime_sec = meta.crtime;
  entry.tsk_crtime_nsec = meta.crtime_nano;
  entry.tsk_nlink = meta.nlink;
  if (meta.link != nullptr) entry.tsk_link = meta.link;
  if ((meta.flags & TSK_FS_META_FLAG_COMP) != 0) entry.tsk_flags |= kCompressed;
}

TskDirent to_dirent(const TSK_FS_NAME& name, const TSK_FS_META* meta, const char* path) {
  TskDirent entry;
  entry.tsk_inode = name.meta_addr;
  entry.tsk_name = std::string(path != nullptr ? path : "") + name.name;
  entry.tsk_type = letter_of(name.type);
  entry.tsk_size = -1;
  const bool deleted = (name.flags & TSK_FS_NAME_FLAG_UNALLOC) != 0;
  if (!deleted) entry.tsk_flags |= kAllocated;
  if (meta == nullptr) return entry;
  if (entry.tsk_type == 'u') entry.tsk_type = letter_of(meta->type);
  set_metadata(entry, *meta);
  if (deleted && (meta->flags & TSK_FS_META_FLAG_ALLOC) != 0) entry.tsk_flags |= kReallocated;
  return entry;
}

/// What a walk over all names collects.
struct Names {
  std::optional<std::uint64_t> inode;
  std::vector<TskDirent> found;
};

// "." and "..", but for the root's own ".": it has no other name.
bool is_repeated(const char* name, const char* path) {
  const bool root = path == nullptr || *path == '\0';
  return TSK_FS_ISDOT(name) && !(root && std::string_view(name) == ".");
}

TSK_WALK_RET_ENUM add_name(TSK_FS_FILE* file, const char* path, void* pointer) {
  auto& names = *static_cast<Names*>(pointer);
  if (file->name == nullptr || file->name->name == nullptr) return TSK_WALK_CONT;
  if (is_repeated(file->name->name, path)) return TSK_WALK_CONT;
  if (names.inode && file->name->meta_addr != *names.inode) return TSK_WALK_CONT;
  names.found.push_back(to_dirent(*file->name, file->meta, path));
  return TSK_WALK_CONT;
}

void walk(base::Service::Call& call) {
  const FileSystem opened = open_file_system(call);
  Names names;
  names.inode = call.arguments.get<std::optional<std::uint64_t>>();
  const auto flags = static_cast<TSK_FS_DIR_WALK_FLAG_ENUM>(
      TSK_FS_DIR_WALK_FLAG_ALLOC | TSK_FS_DIR_WALK_FLAG_UNALLOC | TSK_FS_DIR_WALK_FLAG_RECURSE |
      TSK_FS_DIR_WALK_FLAG_NOORPHAN);
  if (::tsk_fs_dir_walk(opened.info.get(), opened.info->root_inum, flags, add_name, &names) != 0)
    fail(opened.name);
  call.answer.put(names.found);
}

/// Where the bytes of a walk go. libtsk is C: an exception waits until it has returned.
struct Output {
  base::ByteSink& sink;
  std::exception_ptr failure{};

  TSK_WALK_RET_ENUM write(const char* bytes, std::size_t size, bool zeroes) {
    try {
      if (zeroes) sink.write_zeroes(size);
      else sink.write(std::as_bytes(std::span(bytes, size)));
      return TSK_WALK_CONT;
    } catch (...) {
      failure = std::current_exception();
      return TSK_WALK_ERROR;
    }
  }
};

TSK_WALK_RET_ENUM write_content(TSK_FS_FILE*, TSK_OFF_T, TSK_DADDR_T, char* bytes, std::size_t size,
                                TSK_FS_BLOCK_FLAG_ENUM flags, void* output) {
  return static_cast<Output*>(output)->write(bytes, size, (flags & TSK_FS_BLOCK_FLAG_SPARSE) != 0);
}

void send_inode(base::Service::Call& call) {
  const FileSystem opened = open_file_system(call);
  const auto inode = call.arguments.get<std::uint64_t>();
  const std::string object = opened.name + ": inode " + std::to_string(inode);
  const std::unique_ptr<TSK_FS_FILE, CloseFile> file(
      ::tsk_fs_file_open_meta(opened.info.get(), nullptr, inode));
  if (!file || file->meta == nullptr) fail(object);
  Output output{call.bulk};
  const bool failed =
      ::tsk_fs_file_walk(file.get(), TSK_FS_FILE_WALK_FLAG_NONE, write_content, &output) != 0;
  if (output.failure) std::rethrow_exception(output.failure);
  // Of a deleted file the end may belong to another by now.
  if (failed && (file->meta->flags & TSK_FS_META_FLAG_UNALLOC) == 0) fail(object);
}

TSK_WALK_RET_ENUM write_block(const TSK_FS_BLOCK* block, void* output) {
  return static_cast<Output*>(output)->write(block->buf, block->fs_info->block_size, false);
}

void send_blocks(base::Service::Call& call) {
  const FileSystem opened = open_file_system(call);
  const auto start = call.arguments.get<std::uint64_t>();
  const auto stop = call.arguments.get<std::uint64_t>();
  const auto unallocated = call.arguments.get<bool>();
  const auto flags = static_cast<TSK_FS_BLOCK_WALK_FLAG_ENUM>(
      TSK_FS_BLOCK_WALK_FLAG_UNALLOC | (unallocated ? 0 : TSK_FS_BLOCK_WALK_FLAG_ALLOC) |
      TSK_FS_BLOCK_WALK_FLAG_CONT | TSK_FS_BLOCK_WALK_FLAG_META);
  Output output{call.bulk};
  const bool failed =
      ::tsk_fs_block_walk(opened.info.get(), start, stop, flags, write_block, &output) != 0;
  if (output.failure) std::rethrow_exception(output.failure);
  if (failed) fail(opened.name);
}

}  // namespace

void SleuthkitService::prepare() { ::tsk_error_reset(); }

void SleuthkitService::serve(const std::string& operation, Call& call) {
  ::tsk_error_reset();
  if (operation == "walk") walk(call);
  else if (operation == "inode") send_inode(call);
  else if (operation == "blocks") send_blocks(call);
}

}  // namespace vmcraft::fs
