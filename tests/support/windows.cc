// SPDX-License-Identifier: LGPL-3.0-or-later
#include "support/windows.h"

#include <filesystem>

#include "base/text.h"
#include "support/hive.h"
#include "support/image.h"

namespace vmcraft::test {
namespace {

std::string program_of(const std::string& arch) {
  std::string machine("\x64\x86", 2);
  if (arch == "x86") machine = std::string("\x4c\x01", 2);
  if (arch == "arm64") machine = std::string("\x64\xaa", 2);
  return "MZ" + std::string(58, '\0') + std::string("\x40\0\0\0PE\0\0", 8) + machine + std::string(64, '\0');
}

// Windows before 10 has the numbers in a string alone; later ones say 6.3 there.
std::string version_text(const WindowsSpec& spec) {
  if (spec.major < 10)
    return "\"CurrentVersion\"=\"" + std::to_string(spec.major) + "." + std::to_string(spec.minor) + "\"\n";
  char numbers[128];
  std::snprintf(numbers, sizeof numbers,
                "\"CurrentMajorVersionNumber\"=dword:%08x\n\"CurrentMinorVersionNumber\"=dword:%08x\n", spec.major,
                spec.minor);
  return std::string("\"CurrentVersion\"=\"6.3\"\n") + numbers;
}

// hivexregedit makes a key only where the one above it is.
std::string with_parents(const std::string& text) {
  std::string result;
  for (const std::string& line : base::split_lines(text)) {
    if (line.starts_with("[\\"))
      for (std::size_t at = line.find('\\', 2); at != std::string::npos; at = line.find('\\', at + 1))
        result += line.substr(0, at) + "]\n\n";
    result += line + "\n";
  }
  return result;
}

}  // namespace

void merge_hive(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  if (!std::filesystem::exists(path)) write_host(path, empty_hive());
  write_host(path + ".reg", "Windows Registry Editor Version 5.00\n\n" + with_parents(text));
  shell("hivexregedit --merge '" + path + "' '" + path + ".reg' && rm '" + path + ".reg'");
}

std::string export_hive(const std::string& path, const std::string& key) {
  return shell("hivexregedit --export '" + path + "' '" + key + "'");
}

void make_windows_tree(const std::string& tree, const WindowsSpec& spec) {
  write_host(tree + "/Windows/System32/cmd.exe", program_of(spec.arch));
  for (const char* folder : {"/Windows/INF", "/Windows/System32/drivers", "/Windows/System32/DriverStore/FileRepository"})
    std::filesystem::create_directories(tree + folder);
  merge_hive(tree + kConfigFolder + "SOFTWARE",
             "[\\Microsoft\\Windows NT\\CurrentVersion]\n\"ProductName\"=\"" + spec.product + "\"\n" + version_text(spec) +
                 "\"CurrentBuildNumber\"=\"" + std::to_string(spec.build) + "\"\n\"InstallationType\"=\"" + spec.variant +
                 "\"\n\n[\\Microsoft\\Windows\\CurrentVersion]\n\"DevicePath\"=str(2):\"%SystemRoot%\\\\inf\"\n");
  merge_hive(tree + kConfigFolder + "SYSTEM",
             "[\\Select]\n\"Current\"=dword:00000001\n\"Default\"=dword:00000001\n\n"
             "[\\ControlSet001\\Services\\disk]\n\"Start\"=dword:00000000\n\n"
             "[\\ControlSet001\\Control\\CrashControl]\n\"AutoReboot\"=dword:00000001\n" +
                 std::string(spec.major > 6 || spec.minor > 1 ? "\n[\\DriverDatabase]\n\"Version\"=dword:0a000000\n" : ""));
}

}  // namespace vmcraft::test
