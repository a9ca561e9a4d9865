// SPDX-License-Identifier: LGPL-3.0-or-later
#include "resize/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace vmcraft::resize {
namespace {

constexpr std::uint64_t kAlignment = 1U << 20U;
constexpr std::uint64_t kGptEntriesBytes = 128 * 128;

std::uint64_t align_down(std::uint64_t value, std::uint64_t unit) { return value / unit * unit; }

class Planner {
 public:
  Planner(const Survey& survey, std::uint64_t size_bytes, bool may_move)
      : survey_(survey), drive_(survey.layers.front()), size_bytes_(size_bytes), may_move_(may_move) {}

  std::vector<ResizeStep> run() {
    below_from_ = drive_.size_bytes;
    below_to_ = size_bytes_;
    step("image", drive_.device, below_from_, below_to_);
    for (std::size_t i = 1; i < survey_.layers.size(); ++i) add(survey_.layers[i]);
    // What is on top becomes smaller first.
    if (shrinking()) std::reverse(steps_.begin(), steps_.end());
    return std::move(steps_);
  }

 private:
  bool shrinking() const { return size_bytes_ < drive_.size_bytes; }

  void step(const std::string& what, const std::string& device, std::uint64_t from, std::uint64_t to) {
    if (from != to) steps_.push_back({what, device, from, to});
  }

  // `to` is where the layer ends up; what is above it follows.
  void change(const char* what, const Layer& layer, std::uint64_t to) {
    step(what, layer.device, layer.size_bytes, to);
    below_from_ = layer.size_bytes;
    below_to_ = to;
  }

  void add(const Layer& layer) {
    switch (layer.kind) {
      case Layer::Kind::drive: break;
      case Layer::Kind::partition: add_partition(layer); break;
      case Layer::Kind::crypt: change("crypt", layer, layer.size_bytes + below_to_ - below_from_); break;
      case Layer::Kind::physical: add_physical(layer); break;
      case Layer::Kind::logical: add_logical(layer); break;
      case Layer::Kind::file_system: add_file_system(layer); break;
    }
  }

  // The first byte that no partition may have.
  std::uint64_t limit() const {
    const std::uint64_t sector = survey_.sector_bytes;
    const std::uint64_t sectors = size_bytes_ / sector;
    if (survey_.table == "msdos")
      return std::min<std::uint64_t>(sectors, std::numeric_limits<std::uint32_t>::max()) * sector;
    const std::uint64_t backup = 1 + (kGptEntriesBytes + sector - 1) / sector;
    return sectors > backup ? (sectors - backup) * sector : 0;
  }

  void add_partition(const Layer& layer) {
    const std::uint64_t old_end = layer.start_bytes + layer.size_bytes;
    std::uint64_t end = limit();
    if (survey_.table == "gpt" && shrinking()) step("table", drive_.device, drive_.size_bytes, size_bytes_);
    const std::uint64_t shift = make_room(layer);
    if (blocked_) end = old_end + shift;
    if (end <= layer.start_bytes)
      base::throw_invalid(layer.device, fmt::format("begins behind what {} bytes leave", size_bytes_));
    if (end < old_end && !shrinking()) end = old_end;
    for (const Neighbour& other : survey_.neighbours)
      if (other.extended && layer.logical_of_mbr)
        step("extended", drive_.device + std::to_string(other.number), other.size_bytes, end - other.start_bytes);
    change("partition", layer, end - layer.start_bytes);
  }

  // Moves what is behind the partition as far up as it goes, and returns how far that is.
  std::uint64_t make_room(const Layer& layer) {
    std::vector<Neighbour> behind;
    for (const Neighbour& other : survey_.neighbours)
      if (other.start_bytes > layer.start_bytes) behind.push_back(other);
    if (behind.empty()) return 0;
    blocked_ = true;
    const std::string name = drive_.device + std::to_string(behind.front().number);
    if (shrinking()) base::throw_not_supported(layer.device, "is followed by " + name + ", so the image cannot become smaller");
    const std::uint64_t last = behind.back().start_bytes + behind.back().size_bytes;
    const std::uint64_t shift = limit() > last ? align_down(limit() - last, kAlignment) : 0;
    if (shift == 0) return 0;
    if (!may_move_)
      base::throw_not_supported(layer.device, "is followed by " + name + ", which is moved only in a copy: name an output");
    for (auto other = behind.rbegin(); other != behind.rend(); ++other) {
      if (other->extended || (survey_.table == "msdos" && other->number > 4))
        base::throw_not_supported(layer.device, "is followed by an extended partition, which is not moved");
      step("move", drive_.device + std::to_string(other->number), other->start_bytes, other->start_bytes + shift);
    }
    return shift;
  }

  void add_physical(const Layer& layer) {
    if (below_to_ < layer.first_extent_bytes)
      base::throw_invalid(layer.device, "would have no room for an extent");
    group_free_ = layer.group_free_bytes;
    change("pv", layer, align_down(below_to_ - layer.first_extent_bytes, layer.extent_bytes));
  }

  void add_logical(const Layer& layer) {
    std::uint64_t to = layer.size_bytes;
    if (!shrinking()) {
      to += below_to_ - below_from_ + group_free_;
    } else {
      const std::uint64_t less = below_from_ - below_to_;
      const std::uint64_t taken = less > group_free_ ? less - group_free_ : 0;
      if (taken >= to) base::throw_invalid(layer.device, "would have no extent left");
      to -= taken;
    }
    change("lv", layer, to);
  }

  void add_file_system(const Layer& layer) {
    if (shrinking() && !shrinks(layer.type) && below_to_ < below_from_)
      base::throw_not_supported(layer.device, layer.type + " cannot become smaller");
    steps_.push_back({layer.type, layer.device, below_from_, below_to_});
  }

  const Survey& survey_;
  const Layer& drive_;
  std::uint64_t size_bytes_;
  bool may_move_;
  bool blocked_ = false;
  std::uint64_t below_from_ = 0;
  std::uint64_t below_to_ = 0;
  std::uint64_t group_free_ = 0;
  std::vector<ResizeStep> steps_;
};

}  // namespace

std::vector<ResizeStep> plan(const Survey& survey, std::uint64_t size_bytes, bool may_move) {
  return Planner(survey, size_bytes, may_move).run();
}

}  // namespace vmcraft::resize
