// SPDX-License-Identifier: LGPL-3.0-or-later
// Unit files and unit names of systemd, as far as switching services on and off needs them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vmcraft::edit {

/// The [Install] section: systemd.unit(5).
struct UnitInstall {
  std::vector<std::string> wanted_by;
  std::vector<std::string> required_by;
  std::vector<std::string> upheld_by;
  std::vector<std::string> aliases;
  std::vector<std::string> also;
  std::string default_instance;
  /// Nothing that a link could be made for.
  bool has_links() const { return !wanted_by.empty() || !required_by.empty() || !upheld_by.empty() || !aliases.empty(); }
};

/// Adds what a unit file, or a drop-in of it, says to what is known.
void parse_unit_install(std::string_view text, UnitInstall& install);

/// "ssh" as "ssh.service". Throws EINVAL for what no unit can be called.
std::string unit_name(const std::string& name);
/// "getty@.service" for "getty@ttyS0.service"; empty where the name has no instance.
std::string template_of(const std::string& name);
bool is_template(const std::string& name);
/// "getty@tty1.service" for "getty@.service".
std::string instance_of(const std::string& name, const std::string& instance);
/// %n %N %p %i %j and %% of an [Install] section; others stay.
std::string expand_specifiers(const std::string& text, const std::string& unit);

}  // namespace vmcraft::edit
