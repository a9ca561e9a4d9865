// SPDX-License-Identifier: LGPL-3.0-or-later
// The Windows dynamic disks of one handle.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "volume/ldm/dynamic_volume.h"
#include "volume/ldm/group.h"

namespace vmcraft::volume::ldm {

class DynamicDisks {
 public:
  explicit DynamicDisks(const Allowed& allowed) : allowed_(allowed) {}
  /// Takes a place that has private headers; one where none makes sense becomes a finding.
  void add(const Place& place);
  void restart();
  /// Puts the groups together from what was added.
  void settle();

  const std::vector<DiskGroup>& groups() const noexcept { return groups_; }
  /// Throws ENOENT.
  const DiskGroup& group(const std::string& guid) const;
  const Shape& shape(const std::string& guid, const std::string& volume) const;
  /// GUIDs of the groups that have one of these devices, or any, as a disk.
  std::vector<std::string> guids(const std::vector<std::string>& devices) const;

  /// Of what remove_all() has taken away, nothing is listed until create_all().
  void set_enabled(bool enabled) noexcept { enabled_ = enabled; }
  std::vector<std::shared_ptr<DynamicVolume>> volumes() const;
  std::vector<std::shared_ptr<PartDevice>> parts() const;
  const std::vector<std::string>& findings() const noexcept { return findings_; }

 private:
  std::shared_ptr<PartDevice> part(const DiskGroup& group, const Piece& piece);
  std::shared_ptr<DynamicVolume> volume(const std::string& device);

  const Allowed& allowed_;
  bool enabled_ = true;
  bool settled_ = false;
  std::vector<Member> members_;
  std::vector<DiskGroup> groups_;
  // Kept from one look to the next: they may be in use.
  std::vector<std::shared_ptr<DynamicVolume>> volumes_;
  std::vector<std::shared_ptr<PartDevice>> parts_;
  std::vector<std::string> findings_;
};

}  // namespace vmcraft::volume::ldm
