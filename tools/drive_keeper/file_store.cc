// SPDX-License-Identifier: LGPL-3.0-or-later
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "store.h"

namespace vmcraft::keeper {
namespace {

class FileStore : public Store {
 public:
  explicit FileStore(base::UniqueFd fd) : fd_(std::move(fd)), size_bytes_(base::size_of(fd_.get())) {}

  std::uint64_t size_bytes() const override { return size_bytes_; }

  void read(std::span<std::byte> buffer, std::uint64_t offset) override {
    const std::size_t n = base::pread_full(fd_.get(), buffer, offset);
    std::memset(buffer.data() + n, 0, buffer.size() - n);
  }

  void write(std::span<const std::byte> data, std::uint64_t offset) override {
    base::pwrite_full(fd_.get(), data, offset);
  }

  void discard(std::uint64_t offset, std::uint64_t size) override {
    base::check(::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                            static_cast<off_t>(offset), static_cast<off_t>(size)),
                "discard");
  }

  void flush() override { base::check(::fdatasync(fd_.get()), "fdatasync"); }
  void close() override { flush(); }

 private:
  base::UniqueFd fd_;
  std::uint64_t size_bytes_;
};

}  // namespace

std::unique_ptr<Store> make_file_store(base::UniqueFd fd) {
  return std::make_unique<FileStore>(std::move(fd));
}

}  // namespace vmcraft::keeper
