// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/fd.h"

namespace vmcraft::keeper {

/// The bytes behind the served file. Methods may be called from several threads and throw Error.
class Store {
 public:
  virtual ~Store() = default;
  virtual std::uint64_t size_bytes() const = 0;
  virtual void read(std::span<std::byte> buffer, std::uint64_t offset) = 0;
  virtual void write(std::span<const std::byte> data, std::uint64_t offset) = 0;
  /// Makes a range read as zeroes; gives its space back where it can.
  virtual void discard(std::uint64_t offset, std::uint64_t size) = 0;
  virtual void flush() = 0;
  /// Flushes and ends what serves the bytes; throws where something was lost.
  virtual void close() = 0;
};

/// An open file or block device.
std::unique_ptr<Store> make_file_store(base::UniqueFd fd);

/// A qemu block graph, served by a qemu-nbd of our own on a socket in `folder`. `patch`, where there is
/// one, is open in the server as image::kPatchNumber.
std::unique_ptr<Store> make_qemu_store(const std::string& blockdev, bool writable,
                                       const std::string& folder, base::UniqueFd patch);

/// Reads from `below` what was not written here; what is written goes to a file without a name.
std::unique_ptr<Store> make_overlay(std::unique_ptr<Store> below, const std::string& temp_root);

}  // namespace vmcraft::keeper
