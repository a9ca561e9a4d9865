// SPDX-License-Identifier: LGPL-3.0-or-later
// What a disk image file says of itself, read from its headers. Everything here is the image's
// word: sizes and names are checked by whoever uses them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "image/block_reader.h"

namespace vmcraft::image {

/// A snapshot inside a qcow2 image.
struct InternalSnapshot {
  std::string id;
  std::string name;
  std::uint64_t date_seconds = 0;   ///< since 1970
  std::uint64_t vm_state_bytes = 0;
  std::uint64_t disk_size_bytes = 0;
  std::uint64_t l1_table_offset = 0;  ///< where the image keeps the snapshot's map of clusters
  std::uint32_t l1_entries = 0;
};

struct FormatInfo {
  std::string format;                         ///< as qemu names it; "raw" where no header is known
  std::uint64_t virtual_size_bytes = 0;       ///< what a guest sees
  std::optional<std::string> backing_file;    ///< as written in the header
  std::optional<std::string> backing_format;
  std::vector<std::string> other_files;       ///< extents, external data: opened beside the image
  bool encrypted = false;
  std::vector<InternalSnapshot> snapshots;
};

/// Finds the format out from the content. Never throws for what the bytes say: a header that makes
/// no sense is reported as Error{corrupt} only where the format is certain.
FormatInfo detect_format(const BlockReader& reader);
/// As detect_format for a format the caller names; "raw" looks at nothing.
FormatInfo read_format(const BlockReader& reader, const std::string& format);

}  // namespace vmcraft::image
