// SPDX-License-Identifier: LGPL-3.0-or-later
// Boot configuration data: a hive, which libhivex reads, and what we make of its keys.
#include <fcntl.h>

#include <cstdint>

#include "base/temp.h"
#include "inspect/report/bcd.h"
#include "vmcraft/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vmcraft;
  static const base::TempDir folder;
  const mount::GuestRoot root(base::open_file(folder.path(), O_RDONLY | O_DIRECTORY));
  const base::UniqueFd file = base::open_file(folder.file("BCD"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  base::write_full(file.get(), std::as_bytes(std::span(data, size)));
  try {
    inspect::report::parse_bcd(root, "/BCD");
  } catch (const Error&) {  // most inputs are no hive
  }
  return 0;
}
