// SPDX-License-Identifier: LGPL-3.0-or-later
// The setup header of x86 kernels: "HdrS" at 0x202, and at 0x20e where the text is, less 0x200.
#include "inspect/report/kernel_version.h"

#include <cstring>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/text.h"

namespace vmcraft::inspect::report {

std::string kernel_banner(int fd) {
  constexpr std::size_t kSetup = 0x10000;
  std::string head(kSetup, '\0');
  head.resize(base::pread_full(fd, std::as_writable_bytes(std::span(head.data(), head.size())), 0));
  if (head.size() < 0x210 || head.compare(0x202, 4, "HdrS") != 0) return {};
  base::Le16 place;
  std::memcpy(&place, head.data() + 0x20e, sizeof place);
  const std::size_t at = std::size_t{place} + 0x200;
  if (place == 0 || at >= head.size()) return {};
  constexpr std::size_t kLongest = 256;
  const std::string text = head.substr(at, kLongest);
  return std::string(base::trim(text.substr(0, text.find('\0'))));
}

}  // namespace vmcraft::inspect::report
