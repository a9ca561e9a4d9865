// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "base/fd.h"

namespace vmcraft::keeper {

/// How the rest of the machine sees a store: as a file or a block device.
class Face {
 public:
  virtual ~Face() = default;
  /// Opens it; its last descriptor anywhere ends the wait of wait_released().
  virtual base::UniqueFd open() const = 0;
  /// Waits until nobody has it open: no descriptor, no loop device, no mount. False after the limit.
  virtual bool wait_released(int limit_seconds) = 0;
};

}  // namespace vmcraft::keeper
