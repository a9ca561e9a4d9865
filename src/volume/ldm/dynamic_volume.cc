// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/ldm/dynamic_volume.h"

#include <algorithm>

#include "base/error.h"
#include "base/kernel_module.h"
#include "base/text.h"
#include "base/trace.h"

namespace vmcraft::volume::ldm {
namespace {

// Mirrors count what is in step in regions of this size.
constexpr const char* kRegionSectors = "1024";

void require_idle(const std::optional<Mapping>& mapping, const std::string& device) {
  if (mapping && mapping->stays_in_use())
    throw Error(ErrorCode::system, EBUSY, device + ": is in use");
}

}  // namespace

std::shared_ptr<image::BlockNode> PartDevice::node(bool writable) {
  if (mapping_ && (mapping_->writable() || !writable)) return mapping_->node();
  require_device_mapper(device_);
  deactivate();
  const auto disk = piece_.place->node(writable);
  const Target target{0, piece_.sector_count, "linear",
                      device_number(*disk) + " " + std::to_string(piece_.start_sector)};
  mapping_.emplace("ldm-part", std::vector<Target>{target}, writable);
  return mapping_->node();
}

void PartDevice::deactivate() {
  require_idle(mapping_, device_);
  mapping_.reset();
}

void DynamicVolume::set_shape(Shape shape, std::vector<std::shared_ptr<PartDevice>> parts) {
  shape_ = std::move(shape);
  parts_ = std::move(parts);
}

std::vector<std::string> DynamicVolume::below() const {
  std::vector<std::string> devices;
  for (std::size_t i = 0; i < shape_.pieces.size(); ++i) {
    if (!shape_.pieces[i].place) continue;
    const std::string& name =
        parts_.empty() ? shape_.pieces[i].place->device : parts_[i]->device();
    if (std::find(devices.begin(), devices.end(), name) == devices.end()) devices.push_back(name);
  }
  return devices;
}

std::size_t DynamicVolume::unusable() const {
  return static_cast<std::size_t>(std::count_if(shape_.pieces.begin(), shape_.pieces.end(),
                                                [](const Piece& piece) { return !piece.usable(); }));
}

std::string DynamicVolume::trouble() const {
  std::vector<std::string> all;
  for (const Piece& piece : shape_.pieces) {
    const std::string text = !piece.place ? "disk " + piece.disk_name + " is missing"
                             : piece.stale ? "part " + piece.name + " is out of date"
                                           : "";
    if (!text.empty() && std::find(all.begin(), all.end(), text) == all.end()) all.push_back(text);
  }
  if (all.empty()) return {};
  const std::size_t limit = shape_.kind == Shape::Kind::mirrored ? shape_.pieces.size() - 1
                            : shape_.kind == Shape::Kind::raid5  ? 1
                                                                 : 0;
  return (unusable() > limit ? "failed: " : "degraded: ") + base::join(all, ", ");
}

void DynamicVolume::require_enough(bool writable) const {
  const std::string text = trouble();
  if (text.empty()) return;
  const bool concatenated =
      shape_.kind == Shape::Kind::simple || shape_.kind == Shape::Kind::spanned;
  if (text.starts_with("failed") && !(concatenated && allowed_.partial))
    throw Error(ErrorCode::system, ENXIO,
                device_ + ": " + text +
                    (concatenated ? "; what is there opens with volume_allow partial" : ""));
  if (writable && shape_.redundant() && !allowed_.degraded_write)
    throw Error(ErrorCode::system, EROFS,
                device_ + ": " + text + "; open it read-only, or with volume_allow degraded-write");
}

std::shared_ptr<image::BlockNode> DynamicVolume::node(bool writable) {
  if (mapping_ && (mapping_->writable() || !writable)) return mapping_->node();
  require_enough(writable);
  require_device_mapper(device_);
  deactivate();
  mapping_.emplace("ldm-" + shape_.guid, table(writable), writable);
  keep_.clear();
  return mapping_->node();
}

void DynamicVolume::deactivate() {
  require_idle(mapping_, device_);
  mapping_.reset();
  for (const std::shared_ptr<PartDevice>& part : parts_) {
    try {
      if (part) part->deactivate();
    } catch (const Error& failure) {  // somebody uses the part by itself
      base::trace("{}", failure.what());
    }
  }
}

std::vector<Target> DynamicVolume::table(bool writable) {
  switch (shape_.kind) {
    case Shape::Kind::simple:
    case Shape::Kind::spanned: return concatenated(writable);
    case Shape::Kind::striped: return {striped(writable)};
    case Shape::Kind::mirrored: return {mirrored(writable)};
    case Shape::Kind::raid5: return {raid5(writable)};
  }
  return {};
}

std::vector<Target> DynamicVolume::concatenated(bool writable) {
  std::vector<Target> lines;
  std::uint64_t start = 0;
  for (const Piece& piece : shape_.pieces) {
    if (start >= shape_.sector_count) break;
    const std::uint64_t count = std::min(piece.sector_count, shape_.sector_count - start);
    Target line{start, count, "error", ""};
    if (piece.place) {
      keep_.push_back(piece.place->node(writable));
      line.type = "linear";
      line.parameters = device_number(*keep_.back()) + " " + std::to_string(piece.start_sector);
    }
    lines.push_back(std::move(line));
    start += count;
  }
  return lines;
}

Target DynamicVolume::striped(bool writable) {
  std::string parameters =
      std::to_string(shape_.pieces.size()) + " " + std::to_string(shape_.chunk_sectors);
  for (const Piece& piece : shape_.pieces) {
    keep_.push_back(piece.place->node(writable));
    parameters += " " + device_number(*keep_.back()) + " " + std::to_string(piece.start_sector);
  }
  return {0, shape_.sector_count, "striped", parameters};
}

// Read from one side. The sides are taken to be in step: copying one over the other is Windows' choice.
Target DynamicVolume::mirrored(bool writable) {
  std::string sides;
  std::size_t count = 0;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (!shape_.pieces[i].usable()) continue;
    const std::string side = device_number(*parts_[i]->node(writable)) + " 0";
    if (!writable) return {0, shape_.sector_count, "linear", side};
    sides += " " + side;
    ++count;
  }
  if (count == 1) return {0, shape_.sector_count, "linear", sides.substr(1)};
  base::try_load_module("dm-mirror");
  return {0, shape_.sector_count, "mirror",
          std::string("core 2 ") + kRegionSectors + " nosync " + std::to_string(count) + sides};
}

// Windows puts parity as md does by default: left-symmetric. What it left is not computed anew.
Target DynamicVolume::raid5(bool writable) {
  std::string parameters = "raid5_ls 2 " + std::to_string(shape_.chunk_sectors) + " nosync " +
                           std::to_string(parts_.size());
  for (std::size_t i = 0; i < parts_.size(); ++i)
    parameters += shape_.pieces[i].usable() ? " - " + device_number(*parts_[i]->node(writable))
                                            : " - -";
  base::try_load_module("dm-raid");
  return {0, shape_.sector_count, "raid", parameters};
}

}  // namespace vmcraft::volume::ldm
