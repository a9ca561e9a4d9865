// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/volumes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace vmcraft::shell {
namespace {

using Json = nlohmann::ordered_json;

std::string human_size(std::uint64_t bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return value == static_cast<double>(static_cast<std::uint64_t>(value))
             ? fmt::format("{:.0f} {}", value, kUnits[unit])
             : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string first_below(const Volume& volume) {
  return volume.vol_below.substr(0, volume.vol_below.find(' '));
}

std::string line(const Volume& volume, int depth) {
  const std::string name = std::string(static_cast<std::size_t>(depth) * 2, ' ') + volume.vol_device;
  std::string text = fmt::format("{:<32} {:>10}", name, human_size(volume.vol_size));
  for (const std::string& word : {volume.vol_kind == "partition" ? "" : volume.vol_layout,
                                  volume.vol_kind == "group" ? "volume group" : volume.vol_content})
    if (!word.empty()) text += "  " + word;
  if (!volume.vol_label.empty()) text += " \"" + volume.vol_label + "\"";
  const std::vector<std::string> below = base::split_blanks(volume.vol_below);
  if (below.size() > 1)
    text += "  on " + base::join(below, ", ");
  if (!volume.vol_trouble.empty()) text += "  [" + volume.vol_trouble + "]";
  return text + "\n";
}

void add(const std::vector<Volume>& graph, const std::string& parent, int depth, std::string& text) {
  constexpr int kDeepest = 64;
  if (depth > kDeepest) return;
  for (const Volume& volume : graph) {
    if (volume.vol_kind == "finding" || first_below(volume) != parent) continue;
    text += line(volume, depth);
    add(graph, volume.vol_device, depth + 1, text);
  }
}

}  // namespace

std::string volumes_text(const std::vector<Volume>& graph) {
  std::string text;
  add(graph, "", 0, text);
  for (const Volume& volume : graph)
    if (volume.vol_kind == "finding") text += "finding: " + volume.vol_trouble + "\n";
  return text;
}

std::string volumes_json(const std::vector<Volume>& graph) {
  Json list = Json::array();
  for (const Volume& volume : graph)
    list.push_back({{"device", volume.vol_device},
                    {"kind", volume.vol_kind},
                    {"layout", volume.vol_layout},
                    {"content", volume.vol_content},
                    {"size", volume.vol_size},
                    {"uuid", volume.vol_uuid},
                    {"content_uuid", volume.vol_content_uuid},
                    {"label", volume.vol_label},
                    {"below", base::split_blanks(volume.vol_below)},
                    {"trouble", volume.vol_trouble}});
  return list.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace vmcraft::shell
