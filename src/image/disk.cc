// SPDX-License-Identifier: LGPL-3.0-or-later
#include "image/disk.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/temp.h"
#include "base/trace.h"
#include "image/graph.h"
#include "image/keeper.h"
#include "image/loop.h"
#include "image/sysfs.h"

namespace vmcraft::image {
namespace {

bool is_block_device(int fd) {
  struct stat st {};
  return ::fstat(fd, &st) == 0 && S_ISBLK(st.st_mode);
}

std::string path_of(int fd) {
  std::error_code failure;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), failure).string();
}

// The bytes of a local file or block device as they are; writes to a read-only one go to an overlay
// that is only started when something wants to write.
class RawDisk : public Disk {
 public:
  RawDisk(const DriveSpec& spec, const std::string& path, std::string temp_root,
          std::uint64_t exact_bytes)
      : readonly_(spec.readonly),
        sector_size_bytes_(spec.sector_size_bytes),
        temp_root_(std::move(temp_root)),
        path_(path),
        fd_(base::open_file(path, spec.readonly ? O_RDONLY : O_RDWR)),
        size_bytes_(base::size_of(fd_.get())) {
    if (exact_bytes > 0) size_bytes_ = std::min(size_bytes_, exact_bytes);
  }

  int fd() const override { return overlay_ ? overlay_->fd() : fd_.get(); }
  std::uint64_t size_bytes() const override { return size_bytes_; }
  unsigned sector_size_bytes() const override { return sector_size_bytes_; }

  int writable_fd() override {
    if (readonly_ && !overlay_) {
      base::trace("{}: read-only; opening a temporary overlay", path_);
      KeeperRequest request;
      request.backing_fd = fd_.get();
      request.temp_root = temp_root_;
      overlay_.emplace(request);
    }
    return fd();
  }

  std::shared_ptr<BlockNode> node(const Extent& extent, bool writable) override {
    if (writable) writable_fd();
    if (!overlay_ && is_block_device(fd_.get())) {
      const bool whole = extent.offset_bytes == 0 && extent.size_bytes == size_bytes_;
      const Extent shown = whole ? Extent{0, base::size_of(fd_.get())} : extent;
      if (auto existing = existing_node(fd_.get(), path_, shown, writable)) return existing;
    }
    LoopRequest request;
    request.backing_fd = fd();
    request.extent = extent;
    request.sector_size_bytes = sector_size_bytes_;
    request.writable = overlay_ || !readonly_;
    request.direct = true;
    return make_loop(request);
  }

  void flush() override {
    if (!readonly_) base::check(::fdatasync(fd_.get()), path_);
  }

  void close() override {
    flush();
    if (overlay_) overlay_->close();
    overlay_.reset();
    fd_.reset();
  }

 private:
  bool readonly_;
  unsigned sector_size_bytes_;
  std::string temp_root_;
  std::string path_;
  base::UniqueFd fd_;
  std::uint64_t size_bytes_;
  std::optional<Keeper> overlay_;
};

// Any other format, served as a file by a keeper.
class ServedDisk : public Disk {
 public:
  ServedDisk(const DriveSpec& spec, const Graph& graph, const std::string& temp_root)
      : sector_size_bytes_(spec.sector_size_bytes), keeper_(request(spec, graph, temp_root)) {}

  int fd() const override { return keeper_.fd(); }
  std::uint64_t size_bytes() const override { return keeper_.size_bytes(); }
  unsigned sector_size_bytes() const override { return sector_size_bytes_; }
  int writable_fd() override { return keeper_.fd(); }

  std::shared_ptr<BlockNode> node(const Extent& extent, bool) override {
    if (is_block_device(keeper_.fd()))
      if (auto existing = existing_node(keeper_.fd(), path_of(keeper_.fd()), extent, true))
        return existing;
    LoopRequest loop;
    loop.backing_fd = keeper_.fd();
    loop.extent = extent;
    loop.sector_size_bytes = sector_size_bytes_;
    loop.writable = true;  // a read-only disk has an overlay in its keeper
    loop.direct = true;
    return make_loop(loop);
  }

  void flush() override { base::check(::fdatasync(keeper_.fd()), "flush"); }
  void close() override { keeper_.close(); }

 private:
  static KeeperRequest request(const DriveSpec& spec, const Graph& graph,
                               const std::string& temp_root) {
    KeeperRequest request;
    request.blockdev = graph.blockdev;
    request.writable = !spec.readonly;
    request.temp_root = temp_root;
    if (graph.patch) request.patch_fd = graph.patch->get();
    return request;
  }

  unsigned sector_size_bytes_;
  Keeper keeper_;
};

}  // namespace

std::unique_ptr<Disk> attach(const DriveSpec& spec, const AttachOptions& options) {
  const std::string temp_root = base::temp_root(options.temp_root);
  const Graph graph = resolve(spec, kPatchNumber);
  if (graph.raw_local) return std::make_unique<RawDisk>(spec, graph.path, temp_root, options.size_bytes);
  base::trace("{}: {}, served by qemu-nbd", spec.path, graph.format);
  return std::make_unique<ServedDisk>(spec, graph, temp_root);
}

}  // namespace vmcraft::image
