// SPDX-License-Identifier: LGPL-3.0-or-later
#include <algorithm>
#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "base/temp.h"
#include "store.h"

namespace vmcraft::keeper {
namespace {

// Written in whole clusters: the bitmap of a 1 TiB disk is 2 MiB.
constexpr std::uint64_t kCluster = 65536;

class Overlay : public Store {
 public:
  Overlay(std::unique_ptr<Store> below, std::string temp_root)
      : below_(std::move(below)),
        temp_root_(std::move(temp_root)),
        written_((below_->size_bytes() + kCluster - 1) / kCluster / 64 + 1) {}

  std::uint64_t size_bytes() const override { return below_->size_bytes(); }

  void read(std::span<std::byte> buffer, std::uint64_t offset) override {
    const std::shared_lock lock(mutex_);
    if (!file_) return below_->read(buffer, offset);
    // Runs of clusters that are on one side are read at once.
    while (!buffer.empty()) {
      const bool here = is_written(offset / kCluster);
      std::uint64_t end = (offset / kCluster + 1) * kCluster;
      while (end < offset + buffer.size() && is_written(end / kCluster) == here) end += kCluster;
      const std::size_t n = std::min<std::uint64_t>(end - offset, buffer.size());
      if (here) read_file(buffer.first(n), offset);
      else below_->read(buffer.first(n), offset);
      buffer = buffer.subspan(n);
      offset += n;
    }
  }

  void write(std::span<const std::byte> data, std::uint64_t offset) override {
    const std::unique_lock lock(mutex_);
    if (!file_) file_ = base::unnamed_temp_file(temp_root_);
    if (data.empty()) return;
    const std::uint64_t first = offset / kCluster;
    const std::uint64_t last = (offset + data.size() - 1) / kCluster;
    for (std::uint64_t cluster = first; cluster <= last; ++cluster) {
      const bool whole = offset <= cluster * kCluster &&
                         offset + data.size() >= (cluster + 1) * kCluster;
      if (!is_written(cluster) && !whole) fill(cluster);
    }
    base::pwrite_full(file_.get(), data, offset);
    for (std::uint64_t cluster = first; cluster <= last; ++cluster) mark(cluster);
  }

  void discard(std::uint64_t offset, std::uint64_t size) override {
    static const std::vector<std::byte> zeroes(1U << 20U);
    while (size > 0) {
      const std::size_t n = std::min<std::uint64_t>(size, zeroes.size());
      write(std::span(zeroes).first(n), offset);
      offset += n;
      size -= n;
    }
  }

  // What is in the overlay ends with us: there is nothing to make durable.
  void flush() override {}
  void close() override { below_->close(); }

 private:
  bool is_written(std::uint64_t cluster) const {
    return ((written_[cluster / 64] >> (cluster % 64)) & 1U) != 0;
  }
  void mark(std::uint64_t cluster) { written_[cluster / 64] |= std::uint64_t{1} << (cluster % 64); }

  void read_file(std::span<std::byte> buffer, std::uint64_t offset) const {
    const std::size_t n = base::pread_full(file_.get(), buffer, offset);
    std::memset(buffer.data() + n, 0, buffer.size() - n);
  }

  // Copies a cluster up, so that a write of a part of it leaves the rest as it was.
  void fill(std::uint64_t cluster) {
    const std::uint64_t start = cluster * kCluster;
    std::vector<std::byte> buffer(std::min(kCluster, size_bytes() - start));
    below_->read(buffer, start);
    base::pwrite_full(file_.get(), buffer, start);
  }

  std::unique_ptr<Store> below_;
  std::string temp_root_;
  std::shared_mutex mutex_;
  base::UniqueFd file_;
  std::vector<std::uint64_t> written_;
};

}  // namespace

std::unique_ptr<Store> make_overlay(std::unique_ptr<Store> below, const std::string& temp_root) {
  return std::make_unique<Overlay>(std::move(below), temp_root);
}

}  // namespace vmcraft::keeper
