// SPDX-License-Identifier: LGPL-3.0-or-later
// Services of a guest with systemd, switched on and off by links alone.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "edit/linux/unit_file.h"
#include "mount/guest_root.h"

namespace vmcraft::edit {

class Units {
 public:
  explicit Units(const mount::GuestRoot& root);

  void enable(const std::string& name);
  void disable(const std::string& name);
  void mask(const std::string& name);
  void unmask(const std::string& name);
  /// enabled, disabled, masked, static, indirect or alias.
  std::string status(const std::string& name);

 private:
  struct Unit {
    std::string name;
    std::string path;       ///< of its file
    std::string alias_for;  ///< another unit's name, where the file is a link to it
    bool masked = false;
  };
  struct Link {
    std::string path;
    std::string target;
  };
  std::optional<Unit> find(const std::string& name) const;
  std::optional<Unit> find_in(const std::string& folder, const std::string& name) const;
  Unit require(const std::string& name) const;
  UnitInstall install_of(const Unit& unit) const;
  std::vector<Link> links_of(const std::string& name) const;
  bool is_masked(const std::string& name) const;
  void enable(const std::string& name, std::set<std::string>& done, bool asked);
  void link(const std::string& target, const std::string& by, const std::string& kind, const std::string& unit);
  void make_link(const std::string& path, const std::string& target);

  const mount::GuestRoot& root_;
  std::vector<std::string> folders_;  ///< what is in an earlier one counts
};

}  // namespace vmcraft::edit
