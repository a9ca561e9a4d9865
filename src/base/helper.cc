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

// Where this program and this library are; an installed tree may have been moved.
std::vector<std::string> own_folders() {
  std::vector<std::string> result;
  std::error_code failure;
  Dl_info library{};
  const bool found = ::dladdr(reinterpret_cast<void*>(&find_own_program), &library) != 0;
  for (const std::string& object : {fs::read_symlink("/proc/self/exe", failure).string(),
                                    std::string(found ? library.dli_fname : "")})
    if (const std::size_t slash = object.rfind('/'); slash != std::string::npos)
      result.push_back(object.substr(0, slash));
  return result;
}

std::optional<std::string> first_there(const std::vector<std::string>& folders, const std::string& name, int mode) {
  for (const std::string& folder : folders) {
    const std::string path = folder + "/" + name;
    std::error_code failure;
    if (::access(path.c_str(), mode) == 0) return fs::canonical(path, failure).string();
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> find_own_program(const std::string& name) {
  std::vector<std::string> folders;
  if (const char* named = std::getenv("VMCRAFT_LIBEXEC")) folders.emplace_back(named);
  // The build tree keeps programs beside the library; tests stand one folder below.
  for (const std::string& own : own_folders())
    for (const char* below : {"", "/..", "/../libexec/vmcraft", "/../../libexec/vmcraft", "/../../../libexec/vmcraft"})
      folders.push_back(own + below);
  folders.emplace_back(VMCRAFT_LIBEXEC_DIR);
  return first_there(folders, name, X_OK);
}

std::optional<std::string> find_own_library(const std::string& name) {
  std::vector<std::string> folders;
  for (const std::string& own : own_folders())
    for (const char* below : {"/guestfs", "/../guestfs", "/../" VMCRAFT_LIB_DIR "/vmcraft", "/vmcraft"})
      folders.push_back(own + below);
  return first_there(folders, name, R_OK);
}

std::string own_program(const std::string& name) {
  if (auto path = find_own_program(name)) return *path;
  throw_not_supported(name, "not found in " VMCRAFT_LIBEXEC_DIR "; set VMCRAFT_LIBEXEC to its folder");
}

}  // namespace vmcraft::base
