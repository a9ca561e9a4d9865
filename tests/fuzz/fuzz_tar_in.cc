// SPDX-License-Identifier: LGPL-3.0-or-later
// Unpacks whatever the input is, and checks that nothing outside of the guest was touched.
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "base/stream.h"
#include "base/temp.h"
#include "file/archive.h"
#include "vmcraft/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vmcraft;
  const base::TempDir temp;
  std::filesystem::create_directory(temp.file("guest"));
  std::filesystem::create_directory(temp.file("guest/t"));
  const mount::GuestRoot root(base::open_file(temp.file("guest"), O_RDONLY | O_DIRECTORY));
  base::MemorySource source({reinterpret_cast<const char*>(data), size});
  try {
    file::unpack(root, "/t", source, {.xattrs = true, .selinux = true, .acls = true}, {});
  } catch (const Error&) {
    // Most inputs are no archive.
  }
  for (const auto& [folder, names] : {std::pair{temp.path(), 1}, {temp.file("guest"), 1}}) {
    const auto count = std::distance(std::filesystem::directory_iterator(folder), {});
    if (count != names) std::abort();
  }
  return 0;
}
