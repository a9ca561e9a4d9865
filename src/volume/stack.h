// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "volume/base/volume.h"
#include "volume/crypt/unlock.h"
#include "volume/ldm/dynamic_disks.h"
#include "volume/lvm/groups.h"
#include "volume/md/arrays.h"

namespace vmcraft::volume {

/// All volumes over the disks of one handle, found from the bottom up. It looks only as deep as it is
/// asked to: what stands inside volumes is looked for when a name is not found outside of them.
class Stack {
 public:
  /// `ground` gives the places that are there without any volume: disks and partitions.
  explicit Stack(std::function<std::vector<Place>()> ground) : ground_(std::move(ground)) {}

  /// To any depth.
  std::vector<std::shared_ptr<Volume>> volumes();
  /// By the name of its device or another name it answers to; null where there is none.
  std::shared_ptr<Volume> find(const std::string& name);
  /// Has everything looked at again before the next answer, after something was written. What is in
  /// use stays.
  void changed() { fresh_ = false; }

  /// Opens an encrypted volume under a name that is free.
  std::shared_ptr<Volume> unlock(crypt::UnlockRequest request);
  /// Closes one that was opened so, and what stands on it; throws EBUSY where that is in use.
  void lock(const std::string& device);

  /// Unmaps a volume and all that stands on it, from the top down.
  void deactivate(const std::string& device);
  void deactivate_all();

  lvm::Groups& groups();
  md::Arrays& arrays();
  ldm::DynamicDisks& dynamic_disks();
  /// Damaged or double members, as sentences that begin with a device.
  std::vector<std::string> findings();
  Allowed& allowed() noexcept { return allowed_; }

 private:
  void refresh();
  bool expand();
  void look_at(const Place& place);
  void take(const std::shared_ptr<Volume>& volume);
  bool stands_on_known(const Volume& volume) const;
  std::shared_ptr<Volume> known(const std::string& name) const;
  Place place_of(const std::shared_ptr<Volume>& volume) const;

  std::function<std::vector<Place>()> ground_;
  Allowed allowed_;
  lvm::Groups groups_{allowed_};
  md::Arrays arrays_{allowed_};
  ldm::DynamicDisks dynamic_disks_{allowed_};
  std::vector<std::shared_ptr<crypt::Unlocked>> unlocked_;
  std::vector<std::shared_ptr<Volume>> volumes_;
  std::set<std::string, std::less<>> taken_;                  // the devices of volumes_
  std::map<std::string, std::set<std::string>> foundations_;  // by device
  std::vector<Place> front_;                                  // not looked at yet
  std::vector<std::string> findings_;
  bool fresh_ = false;
};

}  // namespace vmcraft::volume
