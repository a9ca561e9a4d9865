// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

namespace vmcraft::inspect::report {

/// What an x86 kernel image says of itself, "6.1.0-18-amd64 (debian-kernel@...) #1 SMP ..."; empty for
/// others.
std::string kernel_banner(int fd);

}  // namespace vmcraft::inspect::report
