// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/process.h"

namespace vmcraft::image {

struct CreateRequest {
  std::string path;
  std::string format;
  std::int64_t size_bytes = -1;  ///< -1: that of the backing file
  std::optional<std::string> backing_file;
  std::optional<std::string> backing_format;
  std::optional<std::string> preallocation;
  std::optional<std::string> compat;
  std::optional<int> cluster_size_bytes;
};

/// Creates a raw image in this process and a qcow2 one by qemu-img.
void create_image(const CreateRequest& request, base::CommandRunner& runner);

}  // namespace vmcraft::image
