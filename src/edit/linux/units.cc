// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/linux/units.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "base/trace.h"
#include "edit/linux/guest_text.h"
#include "file/path.h"
#include "inspect/files.h"

namespace vmcraft::edit {
namespace {

using mount::GuestRoot;

const std::string kEtc = "/etc/systemd/system";
constexpr std::size_t kMostAlso = 64;

bool is_link(const GuestRoot& root, const std::string& path) {
  const auto st = root.lstat(path);
  return st && S_ISLNK(st->st_mode);
}

bool holds_links(const std::string& name) {
  return name.ends_with(".wants") || name.ends_with(".requires") || name.ends_with(".upholds");
}

void remove_empty_folder(const GuestRoot& root, const std::string& path) {
  if (!holds_links(path) || !inspect::names_in(root, path).empty()) return;
  const GuestRoot::Entry entry = root.entry(path);
  if (::unlinkat(entry.directory.get(), entry.name.c_str(), AT_REMOVEDIR) < 0)
    base::trace("service: {}: {}", path, base::errno_text(errno));
}

bool fits(const std::string& file_name, const std::string& unit) {
  return file_name == unit || (is_template(unit) && template_of(file_name) == unit);
}

}  // namespace

// Debian's systemd looks into /lib first where others have /usr/lib alone: the texts of links follow that.
Units::Units(const GuestRoot& root) : root_(root), folders_{kEtc, "/usr/local/lib/systemd/system"} {
  std::vector<std::string> own = {"/usr/lib/systemd/system", "/lib/systemd/system"};
  if (inspect::exists(root, "/etc/debian_version")) std::swap(own[0], own[1]);
  folders_.insert(folders_.end(), own.begin(), own.end());
}

std::optional<Units::Unit> Units::find_in(const std::string& folder, const std::string& name) const {
  const std::string path = folder + "/" + name;
  const auto st = root_.lstat(path);
  if (!st) return std::nullopt;
  if (!S_ISLNK(st->st_mode)) return Unit{name, path, "", S_ISREG(st->st_mode) && st->st_size == 0};
  const std::string target = inspect::link_target(root_, path);
  if (target == "/dev/null") return Unit{name, path, "", true};
  const std::string last = file::last_component(target);
  return Unit{name, path, fits(name, last) ? "" : last, false};
}

std::optional<Units::Unit> Units::find(const std::string& name) const {
  for (const std::string& wanted : {name, template_of(name)}) {
    if (wanted.empty()) continue;
    for (const std::string& folder : folders_)
      if (auto unit = find_in(folder, wanted)) {
        unit->name = name;
        return unit;
      }
  }
  return std::nullopt;
}

Units::Unit Units::require(const std::string& name) const {
  const auto unit = find(name);
  if (!unit) base::throw_errno("service " + name, ENOENT);
  return *unit;
}

UnitInstall Units::install_of(const Unit& unit) const {
  UnitInstall install;
  parse_unit_install(inspect::content(root_, unit.path).value_or(""), install);
  std::vector<std::pair<std::string, std::string>> dropins;  // name, path
  for (const std::string& name : {template_of(unit.name), unit.name}) {
    if (name.empty()) continue;
    for (const std::string& folder : folders_)
      for (const std::string& file : inspect::names_in(root_, folder + "/" + name + ".d"))
        if (file.ends_with(".conf") &&
            std::none_of(dropins.begin(), dropins.end(), [&](const auto& known) { return known.first == file; }))
          dropins.emplace_back(file, folder + "/" + name + ".d/" + file);
  }
  std::sort(dropins.begin(), dropins.end());
  for (const auto& [name, path] : dropins) parse_unit_install(inspect::content(root_, path).value_or(""), install);
  return install;
}

void Units::make_link(const std::string& path, const std::string& target) {
  const auto st = root_.lstat(path);
  if (st && !S_ISLNK(st->st_mode)) base::throw_errno(path, EEXIST);
  const std::string there = inspect::link_target(root_, path);
  if (there == "/dev/null") base::throw_errno(path + ": is masked", EPERM);
  // A link that means the same file in other words stays.
  if (st && file::last_component(there) == file::last_component(target) && inspect::exists(root_, path)) return;
  make_guest_folder(root_, path.substr(0, path.rfind('/')));
  write_guest_link(root_, path, target);
}

void Units::link(const std::string& target, const std::string& by, const std::string& kind, const std::string& unit) {
  make_link(kEtc + "/" + unit_name(expand_specifiers(by, unit)) + kind + unit, target);
}

void Units::enable(const std::string& asked_name, std::set<std::string>& done, bool asked) {
  if (!done.insert(asked_name).second || done.size() > kMostAlso) return;
  Unit unit = require(asked_name);
  for (int links = 0; !unit.alias_for.empty() && links < 8; ++links) unit = require(unit.alias_for);
  if (unit.masked) base::throw_errno("service " + unit.name + ": is masked", EPERM);
  const UnitInstall install = install_of(unit);
  if (asked && !install.has_links() && install.also.empty())
    base::throw_invalid("service " + unit.name, "has no [Install] section to be enabled by");
  std::string name = unit.name;
  if (is_template(name) && install.has_links()) {
    if (install.default_instance.empty()) base::throw_invalid("service " + name, "needs an instance behind the @");
    name = instance_of(name, expand_specifiers(install.default_instance, name));
    unit_name(name);
  }
  for (const std::string& by : install.wanted_by) link(unit.path, by, ".wants/", name);
  for (const std::string& by : install.required_by) link(unit.path, by, ".requires/", name);
  for (const std::string& by : install.upheld_by) link(unit.path, by, ".upholds/", name);
  for (const std::string& alias : install.aliases) {
    const std::string known_as = unit_name(expand_specifiers(alias, name));
    if (known_as != unit.name) make_link(kEtc + "/" + known_as, unit.path);
  }
  for (const std::string& other : install.also) {
    const std::string also = unit_name(expand_specifiers(other, name));
    if (find(also)) enable(also, done, false);
  }
}

void Units::enable(const std::string& name) {
  std::set<std::string> done;
  enable(unit_name(name), done, true);
}

// Links by which the unit is wanted, or known by another name.
std::vector<Units::Link> Units::links_of(const std::string& name) const {
  std::vector<std::string> folders = {kEtc};
  for (const std::string& entry : inspect::names_in(root_, kEtc))
    if (holds_links(entry)) folders.push_back(kEtc + "/" + entry);
  std::vector<Link> links;
  for (const std::string& folder : folders)
    for (const std::string& entry : inspect::names_in(root_, folder)) {
      const std::string path = folder + "/" + entry;
      if (!is_link(root_, path)) continue;
      const std::string target = inspect::link_target(root_, path);
      if (target != "/dev/null" && (fits(entry, name) || fits(file::last_component(target), name)) )
        links.push_back({path, target});
    }
  return links;
}

void Units::disable(const std::string& asked) {
  const std::string name = unit_name(asked);
  const auto unit = find(name);
  std::set<std::string> names = {unit && !unit->alias_for.empty() ? unit->alias_for : name};
  if (unit)
    for (const std::string& also : install_of(*unit).also) names.insert(unit_name(expand_specifiers(also, name)));
  bool found = unit.has_value();
  for (const std::string& each : names)
    for (const Link& link : links_of(each)) {
      found = true;
      remove_guest_file(root_, link.path);
      remove_empty_folder(root_, link.path.substr(0, link.path.rfind('/')));
    }
  if (!found) base::throw_errno("service " + name, ENOENT);
}

bool Units::is_masked(const std::string& name) const {
  return inspect::link_target(root_, kEtc + "/" + name) == "/dev/null";
}

void Units::mask(const std::string& asked) {
  const std::string name = unit_name(asked);
  if (is_masked(name)) return;
  const std::string path = kEtc + "/" + name;
  if (root_.lstat(path)) base::throw_errno(path, EEXIST);
  make_guest_folder(root_, kEtc);
  write_guest_link(root_, path, "/dev/null");
}

void Units::unmask(const std::string& asked) {
  const std::string name = unit_name(asked);
  if (is_masked(name)) remove_guest_file(root_, kEtc + "/" + name);
}

std::string Units::status(const std::string& asked) {
  const std::string name = unit_name(asked);
  const Unit unit = require(name);
  if (unit.masked) return "masked";
  if (!unit.alias_for.empty()) return "alias";
  if (!links_of(name).empty()) return "enabled";
  const UnitInstall install = install_of(unit);
  if (install.has_links()) return "disabled";
  return install.also.empty() ? "static" : "indirect";
}

}  // namespace vmcraft::edit
