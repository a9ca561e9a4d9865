// SPDX-License-Identifier: LGPL-3.0-or-later
#include "base/temp.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/trace.h"

namespace vmcraft::base {

std::string temp_root(const std::string& preferred) {
  if (!preferred.empty()) return preferred;
  const char* from_environment = std::getenv("TMPDIR");
  return from_environment != nullptr && *from_environment != '\0' ? from_environment : "/tmp";
}

TempDir::TempDir(const std::string& root, const std::string& prefix)
    : path_(root + "/" + prefix + "XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) throw_errno(root);
}

TempDir::TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TempDir& TempDir::operator=(TempDir&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
  }
  return *this;
}

TempDir::~TempDir() { remove(); }

void TempDir::remove() noexcept {
  if (path_.empty()) return;
  std::error_code failure;
  std::filesystem::remove_all(path_, failure);
  if (failure) trace("{}: {}", path_, failure.message());
}

UniqueFd unnamed_temp_file(const std::string& root) {
  const int fd = ::open(root.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0) return UniqueFd(fd);
  std::string name = root + "/vmcraft-XXXXXX";
  UniqueFd file(check(::mkostemp(name.data(), O_CLOEXEC), root));
  ::unlink(name.c_str());
  return file;
}

}  // namespace vmcraft::base
