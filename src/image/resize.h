// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/process.h"
#include "image/drive_spec.h"

namespace vmcraft::image {

/// Gives an image another size; what is behind a smaller one is lost. Of a raw image a block device is
/// refused, as is what qemu-img cannot resize.
void resize_image(const DriveSpec& spec, std::uint64_t size_bytes, base::CommandRunner& runner);

struct CopyImage {
  std::string output;  ///< must not exist
  std::string format;  ///< raw or qcow2
  std::function<void(unsigned percent)> progress;  ///< may throw to end it
};
/// What a guest sees of the image, its backing files in it, as an image of its own. Nothing is left where
/// that fails.
void copy_image(const DriveSpec& spec, const CopyImage& copy, base::CommandRunner& runner);

}  // namespace vmcraft::image
