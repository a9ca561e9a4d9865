// SPDX-License-Identifier: LGPL-3.0-or-later
#define FUSE_USE_VERSION 312
#include "fuse_file.h"

#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <sys/mount.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/kernel_module.h"

namespace vmcraft::keeper {
namespace {

constexpr fuse_ino_t kFileInode = 2;
constexpr const char* kFileName = "disk";
constexpr unsigned kLargestTransfer = 1U << 20U;
constexpr double kForever = 86400.0;

FuseFile& self(fuse_req_t request) { return *static_cast<FuseFile*>(fuse_req_userdata(request)); }

struct stat attributes(fuse_req_t request, fuse_ino_t inode) {
  struct stat st {};
  st.st_ino = inode;
  st.st_mode = inode == kFileInode ? S_IFREG | 0600U : S_IFDIR | 0700U;
  st.st_nlink = 1;
  if (inode == kFileInode) st.st_size = static_cast<off_t>(self(request).store().size_bytes());
  return st;
}

// Runs one operation and answers with the errno of what it throws.
template <typename Work>
void answer(fuse_req_t request, Work work) {
  try {
    work();
  } catch (const Error& failure) {
    fuse_reply_err(request, failure.errno_value() != 0 ? failure.errno_value() : EIO);
  } catch (const std::exception&) {
    fuse_reply_err(request, EIO);
  }
}

void on_init(void*, fuse_conn_info* connection) {
  connection->max_write = kLargestTransfer;
  connection->max_read = kLargestTransfer;
  connection->max_readahead = kLargestTransfer;
  connection->max_background = 64;
  connection->congestion_threshold = 64;
  connection->want &= ~static_cast<unsigned>(FUSE_CAP_AUTO_INVAL_DATA);
  if ((connection->capable & FUSE_CAP_ASYNC_DIO) != 0U) connection->want |= FUSE_CAP_ASYNC_DIO;
}

void on_lookup(fuse_req_t request, fuse_ino_t parent, const char* name) {
  if (parent != FUSE_ROOT_ID || std::strcmp(name, kFileName) != 0)
    return static_cast<void>(fuse_reply_err(request, ENOENT));
  fuse_entry_param entry{};
  entry.ino = kFileInode;
  entry.attr_timeout = entry.entry_timeout = kForever;
  entry.attr = attributes(request, kFileInode);
  fuse_reply_entry(request, &entry);
}

void on_getattr(fuse_req_t request, fuse_ino_t inode, fuse_file_info*) {
  const struct stat st = attributes(request, inode);
  fuse_reply_attr(request, &st, kForever);
}

void on_open(fuse_req_t request, fuse_ino_t, fuse_file_info* info) {
  info->keep_cache = 1;
  self(request).opened();
  fuse_reply_open(request, info);
}

void on_release(fuse_req_t request, fuse_ino_t, fuse_file_info*) {
  self(request).released();
  fuse_reply_err(request, 0);
}

void on_read(fuse_req_t request, fuse_ino_t, size_t size, off_t offset, fuse_file_info*) {
  answer(request, [&] {
    const std::uint64_t end = self(request).store().size_bytes();
    const auto start = static_cast<std::uint64_t>(offset);
    const std::size_t n = start >= end ? 0 : std::min<std::uint64_t>(size, end - start);
    thread_local std::vector<std::byte> buffer(kLargestTransfer);
    if (buffer.size() < n) buffer.resize(n);
    if (n > 0) self(request).store().read(std::span(buffer).first(n), start);
    fuse_reply_buf(request, reinterpret_cast<const char*>(buffer.data()), n);
  });
}

void on_write(fuse_req_t request, fuse_ino_t, const char* data, size_t size, off_t offset,
              fuse_file_info*) {
  answer(request, [&] {
    self(request).store().write(std::as_bytes(std::span(data, size)),
                                static_cast<std::uint64_t>(offset));
    fuse_reply_write(request, size);
  });
}

void on_fsync(fuse_req_t request, fuse_ino_t, int, fuse_file_info*) {
  answer(request, [&] {
    self(request).store().flush();
    fuse_reply_err(request, 0);
  });
}

void on_fallocate(fuse_req_t request, fuse_ino_t, int mode, off_t offset, off_t length,
                  fuse_file_info*) {
  answer(request, [&] {
    if ((mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) == 0)
      base::throw_errno("fallocate", EOPNOTSUPP);
    self(request).store().discard(static_cast<std::uint64_t>(offset),
                                  static_cast<std::uint64_t>(length));
    fuse_reply_err(request, 0);
  });
}

fuse_lowlevel_ops operations() {
  fuse_lowlevel_ops ops{};
  ops.init = on_init;
  ops.lookup = on_lookup;
  ops.getattr = on_getattr;
  ops.open = on_open;
  ops.release = on_release;
  ops.read = on_read;
  ops.write = on_write;
  ops.fsync = on_fsync;
  ops.fallocate = on_fallocate;
  return ops;
}

}  // namespace

FuseFile::FuseFile(Store& store, const std::string& folder) : store_(store), folder_(folder) {
  if (::access("/dev/fuse", F_OK) != 0) base::try_load_module("fuse");
  std::vector<std::string> words = {"vmcraft", "-o", "fsname=vmcraft,max_read=1048576"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  fuse_args arguments = FUSE_ARGS_INIT(static_cast<int>(argv.size()), argv.data());
  const fuse_lowlevel_ops ops = operations();
  session_ = fuse_session_new(&arguments, &ops, sizeof ops, this);
  if (session_ == nullptr) throw Error(ErrorCode::system, ENOMEM, "fuse: no session");
  if (fuse_session_mount(session_, folder.c_str()) != 0)
    throw Error(ErrorCode::system, errno, "fuse: " + base::errno_text(errno) +
                                              "; is /dev/fuse there?");
  server_ = std::thread([this] {
    fuse_loop_config* config = fuse_loop_cfg_create();
    fuse_loop_cfg_set_clone_fd(config, 0);
    fuse_loop_cfg_set_max_threads(config, 6);
    fuse_session_loop_mt(session_, config);
    fuse_loop_cfg_destroy(config);
  });
}

FuseFile::~FuseFile() {
  fuse_session_exit(session_);
  // Wakes the threads: the kernel answers ENODEV from here on. The session's own unmount would close
  // the descriptor under them.
  ::umount2(folder_.c_str(), MNT_FORCE | MNT_DETACH);
  server_.join();
  fuse_session_unmount(session_);
  fuse_session_destroy(session_);
}

base::UniqueFd FuseFile::open() const {
  return base::open_file(folder_ + "/" + kFileName, O_RDWR);
}

void FuseFile::opened() {
  const std::lock_guard lock(mutex_);
  ++open_files_;
}

void FuseFile::released() {
  const std::lock_guard lock(mutex_);
  --open_files_;
  changed_.notify_all();
}

bool FuseFile::wait_released(int limit_seconds) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(limit_seconds),
                           [this] { return open_files_ == 0; });
}

}  // namespace vmcraft::keeper
