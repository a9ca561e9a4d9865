// SPDX-License-Identifier: LGPL-3.0-or-later
// Disk images made on the spot, and a handle on each engine.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/process.h"
#include "base/temp.h"
#include "vmcraft/vmcraft.h"

namespace vmcraft::test {

/// Runs a program; fails the test with its errors where it fails. Returns its standard output.
std::string run(const std::vector<std::string>& argv);
/// The same by the shell, for redirections and pipes.
std::string shell(const std::string& script);

void write_host(const std::string& path, const std::string& content);
std::string read_host(const std::string& path);
std::string sha256_of(const std::string& path);

/// Starts the disabled tests of a suite in a process of their own, which is to be killed. Its standard output
/// goes to `out`, where one is given.
base::ChildProcess start_victim(const std::string& suite, std::vector<std::string> environment, int out = -1);

/// A raw image with a GPT and one partition of a file system that holds these files.
struct ImageSpec {
  std::string fs_type = "ext4";
  unsigned size_mib = 64;
  std::map<std::string, std::string> files = {{"etc/hostname", "test-guest\n"}};
  /// More to do in the tree before it becomes a file system.
  std::function<void(const std::string& tree)> prepare = {};
};
void make_image(const std::string& path, const ImageSpec& spec = {});
/// Converts by qemu-img.
void convert(const std::string& from, const std::string& to, const std::string& format,
             const std::string& options = "");

/// Whether this process may use the host engine.
inline bool is_root() { return ::geteuid() == 0; }

/// A launched handle over one image.
GuestFS open_image(const std::string& engine, const std::string& path, bool readonly,
                   const std::string& format = "");

/// Loop devices, mounts and processes over images of the folder, and files in its "tmp", that are
/// there now: for tests that nothing is left.
std::string leftovers(const std::string& image_folder);
/// Waits up to `seconds` until leftovers() is empty; returns what is left.
std::string wait_clean(const std::string& image_folder, int seconds = 5);

/// Tests that run on each engine this process can use.
class EngineTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "host" && !is_root()) GTEST_SKIP() << "the host engine needs root";
  }
  GuestFS open(const std::string& path, bool readonly) {
    return open_image(GetParam(), path, readonly);
  }
  base::TempDir temp{base::temp_root(), "vmcraft-test-"};
};

#define VMCRAFT_ON_BOTH_ENGINES(suite)                                       \
  INSTANTIATE_TEST_SUITE_P(Engines, suite, ::testing::Values("host", "uml"), \
                           [](const auto& engine) { return engine.param; })

}  // namespace vmcraft::test
