// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "file/output_buffer.h"
#include "file/tar_format.h"

namespace vmcraft::file {

/// Writes members of a tar file. After the header of a file come its runs of data (the whole, where
/// it is not sparse) through output(), and then end_content.
class TarWriter {
 public:
  explicit TarWriter(base::ByteSink& sink) : output_(sink) {}

  void header(const TarEntry& entry);
  OutputBuffer& output() noexcept { return output_; }
  /// Fills up the last block of `stored_bytes` of content.
  void end_content(std::uint64_t stored_bytes);
  /// Writes the end of the archive.
  void finish();

 private:
  void extended_header(const TarEntry& entry, const std::string& records);
  void block(const TarEntry& entry, const std::string& path, char type, std::uint64_t size);
  void zeroes(std::uint64_t count);

  OutputBuffer output_;
  std::uint64_t written_ = 0;
};

}  // namespace vmcraft::file
