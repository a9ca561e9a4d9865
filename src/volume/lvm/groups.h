// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "volume/base/volume.h"
#include "volume/lvm/label.h"
#include "volume/lvm/metadata.h"
#include "volume/lvm/parts.h"

namespace vmcraft::volume::lvm {

/// A place with a physical volume's label.
struct Member {
  Place place;
  PhysicalLabel label;
};

/// One volume group: its metadata, and which of its physical volumes are there.
class Group;

/// The volume groups of one handle.
class Groups {
 public:
  explicit Groups(const Allowed& allowed) : allowed_(allowed) {}
  /// Takes the place as a physical volume; false where it is none.
  bool add(const Place& place);
  /// Forgets the physical volumes, not the mapped volumes: those go on when they are found again.
  void restart();
  /// Reads the metadata of what was added since.
  void settle();
  /// Drops the groups of which nothing was found since restart().
  void prune();

  /// Public volumes, by group and name.
  std::vector<std::shared_ptr<Volume>> volumes() const;
  const std::vector<Member>& members() const noexcept { return members_; }
  /// Those of which a part was found.
  std::vector<std::shared_ptr<Group>> groups() const;
  /// What was wrong with metadata that was passed over.
  const std::vector<std::string>& findings() const noexcept { return findings_; }

 private:
  void read(const Member& member);
  const Allowed& allowed_;
  std::vector<Member> members_;
  std::size_t read_ = 0;
  std::vector<std::shared_ptr<Group>> groups_;
  std::vector<std::string> findings_;
};

class Assembler;

class Group : public std::enable_shared_from_this<Group> {
 public:
  Group(VolumeGroup metadata, std::string text, const Allowed& allowed);
  ~Group();
  const VolumeGroup& metadata() const noexcept { return metadata_; }
  /// The text the metadata was read from.
  const std::string& text() const noexcept { return text_; }
  /// The member that is the physical volume, or null where it is missing.
  const Member* member(const std::string& physical_name) const;
  /// "physical volume UUID is missing" and the like; empty where nothing is.
  std::string trouble() const;
  std::string trouble(const LogicalVolume& volume) const;
  /// Devices a volume stands on, each once.
  std::vector<std::string> below(const LogicalVolume& volume) const;

  bool enabled = true;  ///< false after vg_activate false: its volumes are not opened
  Assembler& assembler() noexcept { return *assembler_; }
  void replace(VolumeGroup metadata, std::string text);
  void forget_members() {
    members_.clear();
    found_ = false;
  }
  /// A physical volume has its metadata.
  bool found() const noexcept { return found_; }
  void set_found() noexcept { found_ = true; }
  void set_members(const std::vector<Member>& all);
  std::vector<std::shared_ptr<Volume>> volumes();

 private:
  std::string trouble_of(const std::vector<std::size_t>& physical) const;
  VolumeGroup metadata_;
  PhysicalParts parts_;
  std::string text_;
  std::vector<std::pair<std::string, Member>> members_;  // by name in the metadata
  bool found_ = true;
  std::unique_ptr<Assembler> assembler_;
};

}  // namespace vmcraft::volume::lvm
