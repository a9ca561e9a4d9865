// SPDX-License-Identifier: LGPL-3.0-or-later
// What the library and its agent say to each other beyond plain bytes.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace vmcraft::uml {

// Flags in the second number of a request.
constexpr std::uint64_t kHasInput = 1;
constexpr std::uint64_t kHasOutput = 2;
constexpr std::uint64_t kWantsTrace = 4;

/// How the guest sees one disk.
struct DiskPlace {
  bool vhost = false;  ///< vhost-user-blk: virtio-uml.<index>; else ubd<index>
  std::uint64_t index = 0;
};

/// The library's first message.
struct Hello {
  std::vector<std::string> environment;
  std::string modules_dir;
  std::vector<DiskPlace> disks;
  bool look_first = false;  ///< the library runs on another processor

  std::string pack() const;
  static Hello unpack(std::string_view bytes);
};

/// Any exception as text for the other side; Error and CommandError keep all they have.
std::string pack_error(const std::exception_ptr& failure);
[[noreturn]] void throw_packed_error(std::string_view bytes);

}  // namespace vmcraft::uml
