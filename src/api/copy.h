// SPDX-License-Identifier: LGPL-3.0-or-later
// Copies between this machine and the guest: a tar stream of which each end does one half.
#pragma once

#include <string>

#include "handle/handle.h"

namespace vmcraft::api {

void copy_in(handle::Handle& handle, const std::string& local_path, const std::string& directory);
void copy_out(handle::Handle& handle, const std::string& path, const std::string& local_directory);

}  // namespace vmcraft::api
