// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/base/raid6.h"

#include "base/error.h"
#include "base/fd.h"

namespace vmcraft::volume {

void require_raid6(const std::string& device) {
  if (base::read_text_file("/proc/cmdline").find("raid6_select_algo") != std::string::npos)
    base::throw_not_supported(device, "the isolated engine did not see this RAID6 when it started; give "
                                      "it the backend setting raid6");
}

}  // namespace vmcraft::volume
