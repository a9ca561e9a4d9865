// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

namespace vmcraft::run {

/// What a program in ELF is made for.
struct Machine {
  unsigned number = 0;  ///< e_machine
  bool wide = true;     ///< ELFCLASS64
  bool big_endian = false;
};

/// The machine as uname(2) names it, "machine 1234" for one that is not known.
std::string machine_name(const Machine& machine);

}  // namespace vmcraft::run
