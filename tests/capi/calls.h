// SPDX-License-Identifier: LGPL-3.0-or-later
// Each action's C function, called without knowing it.
#pragma once

#include <guestfs.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace vmcraft::test {

/// Where a call takes its arguments from. Kinds are those of the declarations.
class Feed {
 public:
  virtual ~Feed() = default;
  virtual const char* text(std::string_view kind) = 0;
  virtual char* const* list(std::string_view kind) = 0;
  virtual int number() = 0;
  virtual std::int64_t large_number() { return number(); }
  /// Which of so many options are given, as a bitmask.
  virtual std::uint64_t options(unsigned count) = 0;
};

struct ActionCall {
  std::string_view name;
  std::string_view kinds;  ///< of its arguments, with blanks between them
  std::string_view state;  ///< any, config, launched
  bool guest;              ///< runs where the disks are
  bool (*run)(guestfs_h*, Feed&);  ///< false where the call failed; what it gave is freed
};

std::span<const ActionCall> action_calls();

}  // namespace vmcraft::test
