// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/device_names.h"

#include <array>
#include <regex>
#include <string_view>

#include "base/text.h"

namespace vmcraft::inspect {
namespace {

constexpr std::size_t kLongestName = 512;  // std::regex recurses with the length

std::string unquoted(std::string text) {
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
      text.back() == text.front())
    return text.substr(1, text.size() - 2);
  return text;
}

// udev writes characters it does not like in a label as \x20.
std::string udev_unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto code = text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x'
                          ? base::parse_number<unsigned>(text.substr(i + 2, 2), 16)
                          : std::nullopt;
    if (code) {
      result += static_cast<char>(*code);
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

struct Numbered {
  const char* pattern;  // groups: disk (a letter or a number), partition
  bool letters;
  int first_disk;  // number of the first disk where it is no letter
};

// Names of whole disks and partitions under drivers the disks are not on here.
constexpr std::array kNumbered = std::to_array<Numbered>({
    {R"(/dev/(?:h|s|v|ub|xv)d([a-z]+)(\d*))", true, 0},
    {R"(/dev/cciss/c\d+d(\d+)(?:p(\d+))?)", false, 0},
    {R"(/dev/nvme(\d+)n1(?:p(\d+))?)", false, 0},
    {R"(/dev/mmcblk(\d+)(?:p(\d+))?)", false, 0},
    {R"(/dev/(?:ada|da|vtbd|ad)(\d+)(?:p(\d+))?)", false, 0},
    {R"(/dev/disk/by-id/.*-part()(\d+))", false, 0},
    {R"(/dev/disk/by-path/.*-part()(\d+))", false, 0},
});

std::string disk_letters(int index) {
  std::string letters;
  for (int value = index + 1; value > 0; value = (value - 1) / 26)
    letters.insert(letters.begin(), static_cast<char>('a' + (value - 1) % 26));
  return letters;
}

std::optional<std::string> translate_numbered(const std::string& named, const DeviceLookup& lookup) {
  for (const Numbered& form : kNumbered) {
    std::smatch match;
    if (!std::regex_match(named, match, std::regex(form.pattern))) continue;
    const std::string disk =
        form.letters ? match[1].str()
                     : disk_letters(base::parse_number<int>(match[1].str()).value_or(0));
    return lookup.by_name("/dev/sd" + disk + match[2].str());
  }
  return std::nullopt;
}

// dm-crypt names its mapping after the UUID of what it opens; nothing is open here, so the name
// itself is tried first.
std::optional<std::string> translate_tagged(const std::string& named, const DeviceLookup& lookup) {
  const auto tail = [&](std::string_view prefix) -> std::optional<std::string> {
    if (!named.starts_with(prefix)) return std::nullopt;
    return unquoted(udev_unescaped(named.substr(prefix.size())));
  };
  if (auto uuid = tail("UUID=")) return lookup.by_uuid(*uuid);
  if (auto label = tail("LABEL=")) return lookup.by_label(*label);
  if (auto uuid = tail("PARTUUID=")) return lookup.by_partition_uuid(*uuid);
  if (auto name = tail("PARTLABEL=")) return lookup.by_partition_name(*name);
  if (auto uuid = tail("/dev/disk/by-uuid/")) return lookup.by_uuid(*uuid);
  if (auto label = tail("/dev/disk/by-label/")) return lookup.by_label(*label);
  if (auto uuid = tail("/dev/disk/by-partuuid/")) return lookup.by_partition_uuid(*uuid);
  if (auto name = tail("/dev/disk/by-partlabel/")) return lookup.by_partition_name(*name);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> translate(const std::string& named, const DeviceLookup& lookup) {
  if (named.size() > kLongestName) return std::nullopt;
  if (auto found = translate_tagged(named, lookup)) return found;
  if (!named.starts_with("/dev/")) return std::nullopt;
  if (auto found = lookup.by_name(named)) return found;
  return translate_numbered(named, lookup);
}

}  // namespace vmcraft::inspect
