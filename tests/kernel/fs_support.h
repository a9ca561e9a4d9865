// SPDX-License-Identifier: LGPL-3.0-or-later
// Blank disks, and what independent programs say of them afterwards.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/process.h"
#include "support/image.h"

namespace vmcraft::test {

class FsTest : public EngineTest {
 protected:
  std::string blank(unsigned size_mib, const std::string& name = "disk.raw") {
    const std::string path = temp.file(name);
    shell("rm -f " + path + "; truncate -s " + std::to_string(size_mib) + "M " + path);
    return path;
  }
  GuestFS open_all(const std::vector<std::string>& paths) {
    GuestFS g;
    g.set_backend(GetParam());
    for (const std::string& path : paths) g.add_drive(path);
    g.launch();
    return g;
  }
  /// One value that blkid finds in an image.
  static std::string tag(const std::string& path, const std::string& name) {
    std::string text = shell("blkid -p -o value -s " + name + " " + path + " || true");
    if (text.ends_with('\n')) text.pop_back();
    return text;
  }
};

inline std::string value_of(const HashTable& table, const std::string& key) {
  for (const auto& [name, value] : table)
    if (name == key) return value;
  return "(no " + key + ")";
}

/// The errno that `call` throws, -1 where it throws nothing.
template <typename Call>
int errno_of(const Call& call) {
  try {
    call();
    return -1;
  } catch (const Error& failure) {
    return failure.errno_value();
  }
}

/// The text of the error that `call` throws.
template <typename Call>
std::string text_of(const Call& call) {
  try {
    call();
    return "(no error)";
  } catch (const Error& failure) {
    return failure.what();
  }
}

#define VMCRAFT_NEEDS(program) \
  if (!base::find_program(program)) GTEST_SKIP() << "the program " program " is not installed"

}  // namespace vmcraft::test
