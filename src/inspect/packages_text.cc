// SPDX-License-Identifier: LGPL-3.0-or-later
// Databases of packages that are text: dpkg's, apk's and pacman's.
#include "base/text.h"
#include "inspect/packages.h"

namespace vmcraft::inspect {
namespace {

using Applications = std::vector<Package>;

/// A line at a time, without copying the text.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}
  bool next(std::string_view& line) {
    if (text_.empty()) return false;
    const std::size_t end = text_.find('\n');
    line = text_.substr(0, end);
    text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return true;
  }

 private:
  std::string_view text_;
};

struct DpkgEntry {
  Package application;
  bool installed = true;  // entries of images without dpkg have no status
  bool in_description = false;
};

// "install ok installed": what is wanted, whether it is whole, and what is.
bool is_installed(std::string_view status) {
  const std::vector<std::string> words = base::split_blanks(status);
  return words.size() == 3 && words[2] == "installed";
}

void set_dpkg_field(DpkgEntry& entry, std::string_view name, std::string_view value) {
  Application2& package = entry.application;
  if (name == "Package") package.app2_name = value;
  else if (name == "Status") entry.installed = is_installed(value);
  else if (name == "Version") set_version(package, value);
  else if (name == "Architecture") package.app2_arch = value;
  else if (name == "Homepage") package.app2_url = value;
  else if (name == "Source") package.app2_source_package = value.substr(0, value.find(' '));
  else if (name == "Maintainer") package.app2_publisher = value;
  else if (name == "Description") package.app2_summary = value;
}

void read_dpkg_line(DpkgEntry& entry, std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') {
    if (!entry.in_description) return;
    std::string& text = entry.application.app2_description;
    if (!text.empty()) text += '\n';
    // A line with a dot alone is an empty one.
    if (line != " .") text += line.substr(1);
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = line.substr(0, colon);
  entry.in_description = name == "Description";
  set_dpkg_field(entry, name, base::trim(line.substr(colon + 1)));
}

void finish(Applications& all, DpkgEntry& entry) {
  if (entry.installed && !entry.application.app2_name.empty() && !entry.application.app2_version.empty())
    all.push_back(std::move(entry.application));
  entry = {};
}

// "1.2.3-r4", without an epoch.
void set_apk_field(Package& package, char field, std::string_view value) {
  switch (field) {
    case 'P': package.app2_name = value; break;
    case 'V': set_version(package, value); break;
    case 'A': package.app2_arch = value; break;
    case 'U': package.app2_url = value; break;
    case 'T': package.app2_summary = value; break;
    case 'o': package.app2_source_package = value; break;
    case 'm': package.app2_publisher = value; break;
    case 'L': package.license = value; break;
    default: break;
  }
}

void set_pacman_field(Package& package, std::string_view name, std::string_view value) {
  if (name == "%NAME%") package.app2_name = value;
  else if (name == "%VERSION%") set_version(package, value);
  else if (name == "%ARCH%") package.app2_arch = value;
  else if (name == "%URL%") package.app2_url = value;
  else if (name == "%DESC%") package.app2_summary = value;
  else if (name == "%BASE%") package.app2_source_package = value;
  else if (name == "%PACKAGER%") package.app2_publisher = value;
  else if (name == "%LICENSE%") package.license = value;
  else if (name == "%INSTALLDATE%") package.install_time = base::parse_number<std::int64_t>(value).value_or(0);
}

}  // namespace

Applications parse_dpkg_status(std::string_view text) {
  Applications all;
  DpkgEntry entry;
  Lines lines(text);
  for (std::string_view line; lines.next(line);) {
    if (line.empty()) finish(all, entry);
    else read_dpkg_line(entry, line);
  }
  finish(all, entry);
  return all;
}

Applications parse_apk_installed(std::string_view text) {
  Applications all;
  Package package;
  const auto finish_package = [&] {
    if (!package.app2_name.empty()) all.push_back(std::move(package));
    package = {};
  };
  Lines lines(text);
  for (std::string_view line; lines.next(line);) {
    if (line.empty()) finish_package();
    else if (line.size() > 2 && line[1] == ':') set_apk_field(package, line[0], line.substr(2));
  }
  finish_package();
  return all;
}

std::optional<Package> parse_pacman_desc(std::string_view text) {
  Package package;
  std::string_view name;
  Lines lines(text);
  for (std::string_view line; lines.next(line);) {
    if (line.empty()) name = {};
    else if (line.front() == '%') name = line;
    else if (!name.empty()) {
      set_pacman_field(package, name, line);
      name = {};
    }
  }
  if (package.app2_name.empty()) return std::nullopt;
  return package;
}

}  // namespace vmcraft::inspect
