// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "base/stream.h"
#include "file/progress.h"
#include "file/region.h"

namespace vmcraft::file {

/// A checksum by its guestfs name: crc (POSIX cksum), md5, sha1, sha224, sha256, sha384, sha512.
class Digest {
 public:
  /// Throws EINVAL for an unknown name and ENOTSUP for one that is known but not available.
  explicit Digest(const std::string& type);
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  void add(std::span<const std::byte> data);
  /// The text of the checksum; begins anew.
  std::string finish();
  /// True for crc, whose lines carry the length.
  bool has_length() const noexcept;
  std::uint64_t length_bytes() const noexcept { return length_bytes_; }

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::uint64_t length_bytes_ = 0;
};

std::string checksum(const Region& region, const std::string& type, const Progress& progress);
/// One line for each regular file below a directory, as the *sum programs print them.
void checksums_out(const mount::GuestRoot& root, const std::string& path, const std::string& type,
                   base::ByteSink& out, const Progress& progress);

}  // namespace vmcraft::file
