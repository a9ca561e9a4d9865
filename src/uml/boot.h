// SPDX-License-Identifier: LGPL-3.0-or-later
// From the options of an engine to the command lines of its processes.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "uml/engine.h"
#include "uml/keeper.h"
#include "uml/wire.h"

namespace vmcraft::uml {

/// How each disk reaches the guest.
struct DiskPlan {
  std::vector<DiskPlace> places;   ///< in drive order
  std::vector<const Disk*> ubd;    ///< ubd0, ubd1, ...
  std::vector<const Disk*> vhost;  ///< export d0, d1, ...
};

DiskPlan plan_disks(const std::vector<Disk>& disks);

/// The User-Mode-Linux kernel.
std::string find_kernel(const std::string& given);

/// What the keeper starts; throws Error{not_supported} naming a program that is missing.
KeeperSpec boot_spec(const EngineOptions& options, const DiskPlan& plan);

}  // namespace vmcraft::uml
