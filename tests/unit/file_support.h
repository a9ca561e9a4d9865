// SPDX-License-Identifier: LGPL-3.0-or-later
// A guest in a temporary directory, with something outside of it that must stay as it is.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "base/stream.h"
#include "base/temp.h"
#include "file/progress.h"
#include "file/session.h"
#include "mount/guest_root.h"
#include "vmcraft/error.h"

namespace vmcraft::file {

class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    std::filesystem::create_directory(temp.file("guest"));
    std::filesystem::create_directory(temp.file("outside"));
    put_host(temp.file("outside/secret"), "secret");
    root = std::make_unique<mount::GuestRoot>(
        base::open_file(temp.file("guest"), O_RDONLY | O_DIRECTORY));
  }

  static void put_host(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
  }
  static std::string get_host(const std::string& path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
  }
  /// Where a guest path is on this machine.
  std::string host(const std::string& path) const { return temp.file("guest" + path); }
  void put(const std::string& path, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(host(path)).parent_path());
    put_host(host(path), content);
  }
  std::string get(const std::string& path) const { return get_host(host(path)); }
  void link(const std::string& target, const std::string& path) const {
    std::filesystem::create_symlink(target, host(path));
  }
  struct stat facts_of(const std::string& path) const {
    struct stat st {};
    EXPECT_EQ(::lstat(host(path).c_str(), &st), 0) << path;
    return st;
  }
  /// Makes a file of `size` bytes with data only at `position`.
  void put_sparse(const std::string& path, std::uint64_t size, std::uint64_t position,
                  const std::string& data) const {
    const base::UniqueFd file = base::open_file(host(path), O_WRONLY | O_CREAT, 0644);
    base::pwrite_full(file.get(), base::as_bytes(data), position);
    ASSERT_EQ(::ftruncate(file.get(), static_cast<off_t>(size)), 0);
  }
  /// True where nothing outside the guest was changed.
  bool outside_is_untouched() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(temp.file("outside"))) {
      (void)entry;
      ++count;
    }
    return count == 1 && get_host(temp.file("outside/secret")) == "secret";
  }

  base::TempDir temp;
  std::unique_ptr<mount::GuestRoot> root;
  Session session;
  Progress progress;
};

/// errno of the Error that `work` throws; 0 where it throws none.
template <typename Work>
int error_of(Work work) {
  try {
    work();
  } catch (const Error& failure) {
    return failure.errno_value() != 0 ? failure.errno_value() : -1;
  }
  return 0;
}

inline bool is_superuser() { return ::geteuid() == 0; }

}  // namespace vmcraft::file
