// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/windows.h"

#include <fmt/format.h>

#include <cctype>
#include <cstring>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "base/trace.h"
#include "inspect/files.h"
#include "inspect/hive.h"

namespace vmcraft::inspect {
namespace {

constexpr std::string_view kLetterKey = "\\dosdevices\\";
constexpr std::string_view kGptMark = "DMIO:ID:";
constexpr int kBinary = 3;
// The first build of Windows 11, whose ProductName still says Windows 10.
constexpr int kWindows11 = 22000;

template <typename T>
T number_at(std::string_view bytes, std::size_t at) {
  T number;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

// The first three fields are little-endian.
std::string guid_text(std::string_view bytes) {
  std::string text =
      fmt::format("{:08x}-{:04x}-{:04x}-", std::uint32_t{number_at<base::Le32>(bytes, 0)},
                  std::uint16_t{number_at<base::Le16>(bytes, 4)}, std::uint16_t{number_at<base::Le16>(bytes, 6)});
  for (std::size_t i = 8; i < 16; ++i) {
    if (i == 10) text += '-';
    text += fmt::format("{:02x}", static_cast<unsigned char>(bytes[i]));
  }
  return text;
}

void read_version(const Hive& hive, Hive::Number node, OperatingSystem& os) {
  const auto major = hive.dword_of(node, "CurrentMajorVersionNumber");
  const auto minor = hive.dword_of(node, "CurrentMinorVersionNumber");
  if (major && minor) {
    os.major_version = static_cast<int>(*major);
    os.minor_version = static_cast<int>(*minor);
  } else if (const auto text = hive.text_of(node, "CurrentVersion")) {
    const std::vector<std::string> parts = base::split(*text, '.');
    os.major_version = parts.empty() ? 0 : base::parse_number<int>(parts[0]).value_or(0);
    os.minor_version = parts.size() < 2 ? 0 : base::parse_number<int>(parts[1]).value_or(0);
  }
}

void read_product(const Hive& hive, Hive::Number node, OperatingSystem& os) {
  constexpr std::string_view kOld = "Windows 10";
  if (const auto name = hive.text_of(node, "ProductName")) os.product_name = *name;
  if (const auto variant = hive.text_of(node, "InstallationType")) os.product_variant = *variant;
  auto build = hive.text_of(node, "CurrentBuildNumber");
  if (!build) build = hive.text_of(node, "CurrentBuild");
  if (!build) return;
  os.build_id = *build;
  if (base::parse_number<int>(*build).value_or(0) >= kWindows11 && os.product_name.starts_with(kOld))
    os.product_name.replace(0, kOld.size(), "Windows 11");
}

void read_software(const Hive& hive, OperatingSystem& os) {
  if (const auto node = hive.find({"Microsoft", "Windows NT", "CurrentVersion"})) {
    read_version(hive, *node, os);
    read_product(hive, *node, os);
  }
  const auto history =
      hive.find({"Microsoft", "Windows", "CurrentVersion", "Group Policy", "History"});
  os.windows_group_policy = history && !hive.children(*history).empty();
}

void read_letters(const Hive& hive, OperatingSystem& os) {
  const auto node = hive.find({"MountedDevices"});
  if (!node) return;
  for (const Hive::Number value : hive.values(*node)) {
    const std::string key = hive.key(value);
    if (!base::lower(key).starts_with(kLetterKey) || hive.type(value) != kBinary) continue;
    if (auto letter = parse_mounted_device(key, hive.data(value)))
      os.drive_letters.push_back(std::move(*letter));
  }
}

void read_system(const Hive& hive, OperatingSystem& os) {
  read_letters(hive, os);
  const auto select = hive.find({"Select"});
  const auto current = select ? hive.dword_of(*select, "Current") : std::nullopt;
  if (!current) return;
  os.windows_current_control_set = fmt::format("ControlSet{:03}", *current);
  const auto parameters =
      hive.find({os.windows_current_control_set, "Services", "Tcpip", "Parameters"});
  if (!parameters) return;
  if (const auto name = hive.text_of(*parameters, "Hostname")) os.hostname = *name;
}

// A hive that cannot be read, or not as a whole, says less.
std::string read_hive(const GuestRoot& root, const std::string& path, OperatingSystem& os,
                      void (*read)(const Hive&, OperatingSystem&)) {
  const auto real = any_case(root, path);
  if (!real || !is_file(root, *real)) return {};
  try {
    read(Hive(root, *real, {.writable = false, .unsafe = true}), os);
  } catch (const Error& failure) {
    base::trace("inspect: {}: {}", *real, failure.what());
  }
  return *real;
}

}  // namespace

std::string windows_systemroot(const GuestRoot& root) {
  for (const char* folder : {"/windows", "/winnt", "/win32", "/win", "/reactos"}) {
    const auto found = any_case(root, folder);
    if (!found || !is_directory(root, *found)) continue;
    if (any_case(root, *found + "/system32") && any_case(root, *found + "/system32/config"))
      return *found;
  }
  return {};
}

std::optional<DriveLetter> parse_mounted_device(std::string_view key, std::string_view data) {
  if (!base::lower(key).starts_with(kLetterKey) || key.size() < kLetterKey.size() + 2) return std::nullopt;
  const char letter = key[kLetterKey.size()];
  if (std::isalpha(static_cast<unsigned char>(letter)) == 0 || key[kLetterKey.size() + 1] != ':')
    return std::nullopt;
  DriveLetter found;
  found.letter = std::string(1, letter);
  if (data.size() >= kGptMark.size() + 16 && data.starts_with(kGptMark)) {
    found.partition_guid = guid_text(data.substr(kGptMark.size()));
    return found;
  }
  if (data.size() != 12) return std::nullopt;
  found.disk_id = fmt::format("{:08x}", std::uint32_t{number_at<base::Le32>(data, 0)});
  found.start_bytes = number_at<base::Le64>(data, 4);
  return found;
}

void read_windows_registry(const GuestRoot& root, OperatingSystem& os) {
  const std::string folder = os.windows_systemroot + "/system32/config/";
  os.windows_software_hive = read_hive(root, folder + "software", os, read_software);
  os.windows_system_hive = read_hive(root, folder + "system", os, read_system);
}

}  // namespace vmcraft::inspect
