// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <memory>

#include "base/worker.h"
#include "file/watches.h"
#include "inspect/hive.h"

namespace vmcraft::handle {

/// What some calls open and others work on, until it is closed or the handle ends.
struct Opened {
  std::unique_ptr<inspect::Hive> hive;
  std::unique_ptr<base::Worker> augeas;
  std::unique_ptr<base::Worker> journal;
  std::unique_ptr<base::Worker> yara;
  std::unique_ptr<file::Watches> watches;
};

}  // namespace vmcraft::handle
