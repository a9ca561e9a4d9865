// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/windows/inf_models.h"

#include <fmt/format.h>

#include <tuple>

#include "base/text.h"

namespace vmcraft::edit {
namespace {

constexpr int kWorkstation = 1;

// Fields between dots, where an empty one is 0.
std::vector<int> numbers(const std::string& text) {
  std::vector<int> result;
  std::string_view rest = text;
  for (;;) {
    const std::size_t dot = rest.find('.');
    const std::string_view field = rest.substr(0, dot);
    const bool hexadecimal = field.starts_with("0x");
    result.push_back(base::parse_number<int>(hexadecimal ? field.substr(2) : field, hexadecimal ? 16 : 10).value_or(0));
    if (dot == std::string_view::npos) return result;
    rest.remove_prefix(dot + 1);
  }
}

// The section of a line of [Manufacturer], "Models,NTamd64,NTamd64.6.1", that is made for this Windows.
std::optional<std::string> models_section(const Inf& inf, const InfLine& line, const WindowsTarget& target) {
  // Without a decoration it is for what had no others: 32-bit x86.
  std::optional<std::string> best;
  if (target.arch == "x86" && inf.has(line.value(0))) best = line.value(0);
  InfDecoration best_decoration;
  for (std::size_t i = 1; i < line.values.size(); ++i) {
    const std::string name = line.value(0) + "." + line.value(i);
    const auto decoration = parse_decoration(line.value(i));
    if (!decoration || !decoration->fits(target) || !inf.has(name)) continue;
    if (best && *decoration < best_decoration) continue;
    best = name;
    best_decoration = *decoration;
  }
  return best;
}

}  // namespace

std::string show(const WindowsTarget& target) {
  return fmt::format("Windows {}{}.{}.{} {}", target.server ? "Server " : "", target.major, target.minor, target.build,
                     target.arch);
}

bool InfDecoration::fits(const WindowsTarget& target) const {
  // Since Windows Vista other architectures than x86 have to be named.
  if (arch != target.arch && !(arch.empty() && target.arch == "x86")) return false;
  if (product != 0 && (product == kWorkstation) == target.server) return false;
  return std::tie(major, minor, build) <= std::tie(target.major, target.minor, target.build);
}

bool InfDecoration::operator<(const InfDecoration& other) const {
  const bool said = product != 0;
  const bool other_said = other.product != 0;
  const bool arch_said = !arch.empty();
  const bool other_arch_said = !other.arch.empty();
  return std::tie(major, minor, build, said, arch_said) <
         std::tie(other.major, other.minor, other.build, other_said, other_arch_said);
}

std::optional<InfDecoration> parse_decoration(const std::string& text) {
  const std::string lower = base::lower(text);
  if (!lower.starts_with("nt")) return std::nullopt;
  const std::size_t dot = lower.find('.');
  InfDecoration decoration;
  decoration.arch = lower.substr(2, dot == std::string::npos ? dot : dot - 2);
  if (dot == std::string::npos) return decoration;
  std::vector<int> fields = numbers(lower.substr(dot + 1));
  fields.resize(5);
  decoration.major = fields[0];
  decoration.minor = fields[1];
  decoration.product = fields[2];
  decoration.build = fields[4];  // between them, the mask of suites
  return decoration;
}

std::string decorated_section(const Inf& inf, const std::string& name, const std::string& rest,
                              const WindowsTarget& target) {
  for (const std::string& middle : {".NT" + target.arch, std::string(".NT")}) {
    const std::string section = fmt::format("{}{}{}", name, middle, rest);
    if (inf.has(section)) return section;
  }
  return name + rest;
}

std::vector<InfDevice> devices_for(const Inf& inf, const WindowsTarget& target) {
  std::vector<InfDevice> devices;
  for (const InfLine& maker : inf.lines("Manufacturer")) {
    const auto models = models_section(inf, maker, target);
    if (!models) continue;
    for (const InfLine& line : inf.lines(*models)) {
      if (line.key.empty() || line.values.size() < 2) continue;
      InfDevice device{.description = line.key,
                       .manufacturer = maker.key,
                       .section = decorated_section(inf, line.value(0), "", target),
                       .base_section = line.value(0),
                       .ids = {}};
      for (std::size_t i = 1; i < line.values.size(); ++i)
        if (!line.value(i).empty()) device.ids.push_back(line.value(i));
      if (!device.ids.empty()) devices.push_back(std::move(device));
    }
  }
  return devices;
}

}  // namespace vmcraft::edit
