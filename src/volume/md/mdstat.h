// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vmcraft::volume::md {

/// A member in /proc/mdstat: "loop3[0](F)".
struct MemberState {
  std::string node;   ///< /dev/loop3
  std::int32_t index = 0;
  std::string flags;  ///< "F", "S", ...
};

/// The members of "md127", from the text of /proc/mdstat.
std::vector<MemberState> parse_mdstat(std::string_view text, const std::string& name);
/// The same from the running kernel.
std::vector<MemberState> read_mdstat(const std::string& name);

/// Runs `create`, which starts one array in the kernel under a name of its own, and stops that array.
void create_and_stop(const std::function<void()>& create);

}  // namespace vmcraft::volume::md
