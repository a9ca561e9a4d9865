// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "volume/base/volume.h"
#include "volume/md/superblock.h"

namespace vmcraft::volume::md {

/// A place with the superblock of a RAID.
struct Member {
  Place place;
  Superblock superblock;
};

class KernelArray;

/// One array, from the members that are there.
class Array : public Volume {
 public:
  Array(std::string device, std::string array_uuid, const Allowed& allowed);
  ~Array() override;

  Kind kind() const override { return Kind::md; }
  const std::string& device() const override { return device_; }
  std::uint64_t size_bytes() const override;
  /// As mdadm writes it: four groups of eight digits.
  std::string uuid() const override;
  std::string layout() const override { return newest().level_name(); }
  std::vector<std::string> below() const override;
  std::string trouble() const override;
  std::shared_ptr<image::BlockNode> node(bool writable) override;
  void deactivate() override;
  bool active() const override { return kernel_ != nullptr; }

  const std::string& array_uuid() const noexcept { return array_uuid_; }
  const std::vector<Member>& members() const noexcept { return members_; }
  void set_members(std::vector<Member> members) { members_ = std::move(members); }
  /// Other names it answers to: /dev/md/NAME, /dev/md0 of old superblocks.
  std::vector<std::string> aliases() const;
  /// The newest of its members' superblocks.
  const Superblock& newest() const;
  /// Slots without a member that is up to date.
  int missing() const;
  /// The kernel's name for it, "md127"; empty while it is not active.
  std::string kernel_name() const;
  /// The member whose block device it is, "" where it is none of them.
  std::string device_of_node(const std::string& node) const;

  bool stopped = false;  ///< by md_stop: as if it were not there

 private:
  std::string device_;
  std::string array_uuid_;
  const Allowed& allowed_;
  std::vector<Member> members_;
  std::unique_ptr<KernelArray> kernel_;
  std::vector<std::pair<std::string, std::string>> nodes_;  // of active members, with their devices
};

/// The arrays of one handle.
class Arrays {
 public:
  explicit Arrays(const Allowed& allowed) : allowed_(allowed) {}
  /// Takes the place as a member of an array; false where it is none.
  bool add(const Place& place);
  void restart();
  void settle();
  /// Drops the arrays of which nothing was found since restart().
  void prune();
  /// Those of which a member was found.
  std::vector<std::shared_ptr<Array>> arrays() const;
  const std::vector<std::string>& findings() const noexcept { return findings_; }

 private:
  const Allowed& allowed_;
  bool found(const Array& array) const;
  std::vector<Member> members_;
  std::vector<std::shared_ptr<Array>> arrays_;
  std::vector<std::string> findings_;
};

}  // namespace vmcraft::volume::md
