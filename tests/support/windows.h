// SPDX-License-Identifier: LGPL-3.0-or-later
// Trees of a Windows that are enough to be one, with hives that hivexregedit fills.
#pragma once

#include <string>

namespace vmcraft::test {

struct WindowsSpec {
  std::string product = "Windows 10 Pro";
  int major = 10;
  int minor = 0;
  int build = 19045;
  std::string variant = "Client";  ///< InstallationType
  std::string arch = "amd64";      ///< amd64, x86 or arm64
};

const std::string kConfigFolder = "/Windows/System32/config/";

/// Puts the text of a .reg file, without its header and with keys from the root, into a hive, which is
/// made where it is missing.
void merge_hive(const std::string& path, const std::string& text);
/// What hivexregedit says of a key and all below it.
std::string export_hive(const std::string& path, const std::string& key = "\\");
/// Programs, folders and the hives SOFTWARE and SYSTEM below `tree`.
void make_windows_tree(const std::string& tree, const WindowsSpec& spec = {});

}  // namespace vmcraft::test
