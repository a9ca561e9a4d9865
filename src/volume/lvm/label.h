// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "image/block_reader.h"

namespace vmcraft::volume::lvm {

/// What a physical volume's label and metadata areas say.
struct PhysicalLabel {
  std::string uuid;           ///< 32 characters, without the hyphens
  std::uint64_t size_bytes = 0;
  std::string metadata;       ///< text of the newest valid metadata area; empty where it has none
};

/// Reads the label in the first four sectors; nothing where there is none. An area whose checksum
/// is wrong is passed over; one valid copy is enough.
std::optional<PhysicalLabel> read_label(const image::BlockReader& reader);

/// LVM's own CRC-32: reflected 0xedb88320, start 0xf597a6cf, not inverted.
std::uint32_t lvm_crc(std::string_view bytes, std::uint32_t start = 0xf597a6cfU);

}  // namespace vmcraft::volume::lvm
