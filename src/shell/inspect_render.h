// SPDX-License-Identifier: LGPL-3.0-or-later
// The reports of inspect_report in the forms that people and programs read. All take a list of reports.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace vmcraft::shell {

using Json = nlohmann::ordered_json;

std::string inspect_table(const Json& reports);
std::string inspect_json(const Json& reports);
std::string inspect_yaml(const Json& reports);
/// As virt-inspector writes it.
std::string inspect_xml(const Json& reports);
/// A bill of materials: SPDX 2.3, CycloneDX 1.5.
std::string inspect_spdx(const Json& reports);
std::string inspect_cyclonedx(const Json& reports);

}  // namespace vmcraft::shell
