// SPDX-License-Identifier: LGPL-3.0-or-later
#include "base/helper.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/error.h"

namespace vmcraft::base {
namespace {

namespace fs = std::filesystem;

// The build tree keeps programs beside the library; tests stand one folder below.
std::vector<std::string> folders() {
  std::vector<std::string> result;
  if (const char* named = std::getenv("VMCRAFT_LIBEXEC")) result.emplace_back(named);
  std::error_code failure;
  Dl_info library{};
  const bool found = ::dladdr(reinterpret_cast<void*>(&find_own_program), &library) != 0;
  for (const std::string& object : {fs::read_symlink("/proc/self/exe", failure).string(),
                                    std::string(found ? library.dli_fname : "")}) {
    const std::size_t slash = object.rfind('/');
    if (slash == std::string::npos) continue;
    // An installed tree may have been moved: its programs are found from where it is now.
    for (const char* below : {"", "/..", "/../libexec/vmcraft", "/../../libexec/vmcraft"})
      result.push_back(object.substr(0, slash) + below);
  }
  result.emplace_back(VMCRAFT_LIBEXEC_DIR);
  return result;
}

}  // namespace

std::optional<std::string> find_own_program(const std::string& name) {
  for (const std::string& folder : folders()) {
    const std::string path = folder + "/" + name;
    std::error_code failure;
    if (::access(path.c_str(), X_OK) == 0) return fs::canonical(path, failure).string();
  }
  return std::nullopt;
}

std::string own_program(const std::string& name) {
  if (auto path = find_own_program(name)) return *path;
  throw_not_supported(name, "not found in " VMCRAFT_LIBEXEC_DIR "; set VMCRAFT_LIBEXEC to its folder");
}

}  // namespace vmcraft::base
