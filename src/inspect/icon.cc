// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/icon.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/bytes.h"
#include "inspect/files.h"

namespace vmcraft::inspect {
namespace {

constexpr std::string_view kPngMark = "\x89PNG\r\n\x1a\n";
constexpr std::uint32_t kSmallestSide = 16;
constexpr std::uint32_t kLargestSide = 1024;

struct Logo {
  const char* distro;
  const char* path;
  std::size_t limit_bytes;  // 0: by the size of the picture
  bool high_quality;
};
constexpr const char* kShadowman = "/usr/share/pixmaps/redhat/shadowman-transparent.png";
constexpr const char* kSprite = "/usr/share/pixmaps/fedora-logo-sprite.png";
constexpr std::array kLogos = std::to_array<Logo>({
    {"altlinux", "/usr/share/icons/hicolor/48x48/apps/altlinux.png", 20480, true},
    {"debian", "/usr/share/pixmaps/debian-logo.png", 0, true},
    {"fedora", "/usr/share/icons/hicolor/96x96/apps/fedora-logo-icon.png", 0, true},
    {"mageia", "/usr/share/icons/mageia.png", 2048, true},
    {"opensuse", "/usr/share/icons/hicolor/24x24/apps/distributor.png", 2048, true},
    {"sles", "/usr/share/icons/hicolor/24x24/apps/distributor.png", 2048, true},
    {"suse-based", "/usr/share/icons/hicolor/24x24/apps/distributor.png", 2048, true},
    {"ubuntu", "/usr/share/icons/gnome/24x24/places/ubuntu-logo.png", 2048, false},
    {"ubuntu", "/usr/share/help/C/ubuntu-help/figures/ubuntu-logo.png", 2048, false},
    {"voidlinux", "/usr/share/void-artwork/void-logo.png", 20480, true},
});
constexpr std::array kRedHats = std::to_array<std::string_view>(
    {"centos", "circle", "oraclelinux", "redhat-based", "rhel", "rocky", "scientificlinux"});

std::uint32_t side_at(std::string_view png, std::size_t at) {
  base::Be32 number;
  std::memcpy(&number, png.data() + at, sizeof number);
  return number;
}

// What is no PNG, or an odd one, is not there.
std::string read_png(const GuestRoot& root, const std::string& path, std::size_t limit) {
  auto png = content(root, path);
  if (!png || png->size() < 24 || !png->starts_with(kPngMark) || png->compare(12, 4, "IHDR") != 0)
    return {};
  const std::uint32_t width = side_at(*png, 16);
  const std::uint32_t height = side_at(*png, 20);
  if (std::min(width, height) < kSmallestSide || std::max(width, height) > kLargestSide) return {};
  const std::size_t most = limit != 0 ? limit : std::size_t{4} * width * height;
  return png->size() <= most ? *png : std::string();
}

}  // namespace

std::string find_icon(const GuestRoot& root, const OperatingSystem& os, const IconWish& wish) {
  if (wish.favicon && !wish.high_quality) {
    const std::string path = os.type == "windows" ? any_case(root, "/etc/favicon.png").value_or("")
                                                  : "/etc/favicon.png";
    if (!path.empty())
      if (std::string png = read_png(root, path, 0); !png.empty()) return png;
  }
  if (os.type != "linux" && os.type != "hurd") return {};
  if (std::find(kRedHats.begin(), kRedHats.end(), os.distro) != kRedHats.end())
    return read_png(root, os.major_version < 7 ? kShadowman : kSprite, 102400);
  for (const Logo& logo : kLogos) {
    if (os.distro != logo.distro || (wish.high_quality && !logo.high_quality)) continue;
    if (std::string png = read_png(root, logo.path, logo.limit_bytes); !png.empty()) return png;
  }
  return {};
}

}  // namespace vmcraft::inspect
