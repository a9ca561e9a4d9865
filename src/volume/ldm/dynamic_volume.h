// SPDX-License-Identifier: LGPL-3.0-or-later
// Volumes of dynamic disks, and the parts that mirrors and RAIDs stand on, as block devices.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "volume/base/mapping.h"
#include "volume/base/volume.h"
#include "volume/ldm/group.h"

namespace vmcraft::volume::ldm {

/// A range of one disk that is a side of a mirror or a column of a RAID.
class PartDevice : public Volume {
 public:
  PartDevice(std::string device, Piece piece) : device_(std::move(device)), piece_(std::move(piece)) {}

  Kind kind() const override { return Kind::ldm; }
  const std::string& device() const override { return device_; }
  std::uint64_t size_bytes() const override { return piece_.sector_count * kSectorBytes; }
  std::string uuid() const override { return {}; }
  std::string layout() const override { return "linear"; }
  std::vector<std::string> below() const override { return {piece_.place->device}; }
  std::string trouble() const override { return piece_.stale ? "it is out of date" : ""; }
  bool is_part() const override { return true; }
  std::shared_ptr<image::BlockNode> node(bool writable) override;
  void deactivate() override;
  bool active() const override { return mapping_.has_value(); }

  const Piece& piece() const noexcept { return piece_; }
  void set_piece(Piece piece) { piece_ = std::move(piece); }

 private:
  std::string device_;
  Piece piece_;
  std::optional<Mapping> mapping_;
};

class DynamicVolume : public Volume {
 public:
  DynamicVolume(std::string device, const Allowed& allowed)
      : device_(std::move(device)), allowed_(allowed) {}

  Kind kind() const override { return Kind::ldm; }
  const std::string& device() const override { return device_; }
  std::uint64_t size_bytes() const override { return shape_.sector_count * kSectorBytes; }
  std::string uuid() const override { return shape_.guid; }
  std::string layout() const override { return kind_name(shape_.kind); }
  std::vector<std::string> below() const override;
  std::string trouble() const override;
  std::shared_ptr<image::BlockNode> node(bool writable) override;
  void deactivate() override;
  bool active() const override { return mapping_.has_value(); }

  const Shape& shape() const noexcept { return shape_; }
  /// `parts` are those of a mirror or RAID, null where the piece is not there; else empty.
  void set_shape(Shape shape, std::vector<std::shared_ptr<PartDevice>> parts);

 private:
  std::size_t unusable() const;
  void require_enough(bool writable) const;
  std::vector<Target> table(bool writable);
  std::vector<Target> concatenated(bool writable);
  Target striped(bool writable);
  Target mirrored(bool writable);
  Target raid5(bool writable);

  std::string device_;
  const Allowed& allowed_;
  Shape shape_;
  std::vector<std::shared_ptr<PartDevice>> parts_;
  std::vector<std::shared_ptr<image::BlockNode>> keep_;  ///< until the mapping holds them
  std::optional<Mapping> mapping_;
};

}  // namespace vmcraft::volume::ldm
