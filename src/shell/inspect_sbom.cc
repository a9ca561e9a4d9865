// SPDX-License-Identifier: LGPL-3.0-or-later
// Bills of materials: what is installed, each with a package URL.
#include <fcntl.h>
#include <fmt/format.h>

#include <cctype>
#include <cstdlib>
#include <ctime>

#include "base/fd.h"
#include "base/text.h"
#include "shell/inspect_render.h"
#include "vmcraft/vmcraft.h"

namespace vmcraft::shell {
namespace {

constexpr const char* kUnknown = "NOASSERTION";

std::string text_of(const Json& object, const char* key) {
  return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : std::string();
}

// SOURCE_DATE_EPOCH makes two runs the same.
std::string now() {
  const char* named = std::getenv("SOURCE_DATE_EPOCH");
  const std::time_t when = named != nullptr ? base::parse_number<std::int64_t>(named).value_or(0) : std::time(nullptr);
  struct tm fields {};
  ::gmtime_r(&when, &fields);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &fields)};
}

std::string new_uuid() {
  const base::UniqueFd file = base::open_file("/proc/sys/kernel/random/uuid", O_RDONLY);
  return std::string(base::trim(base::read_text_fd(file.get(), "uuid", 64)));
}

std::string percent(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '.' || c == '-' || c == '_' || c == '~' || c == ':') out += c;
    else out += fmt::format("%{:02X}", byte);
  }
  return out;
}

std::string version_of(const Json& package) {
  std::string text = text_of(package, "version");
  if (package.contains("release")) text += "-" + text_of(package, "release");
  return text;
}

struct Kind {
  const char* format;
  const char* type;  // of the package URL
};
constexpr Kind kKinds[] = {{"deb", "deb"}, {"opkg", "opkg"}, {"rpm", "rpm"}, {"apk", "apk"}, {"pacman", "alpm"}};

std::string type_of(const std::string& format) {
  for (const Kind& kind : kKinds)
    if (format == kind.format) return kind.type;
  return "generic";
}

// pkg:TYPE/DISTRIBUTION/NAME@VERSION?QUALIFIERS, qualifiers in the order of the alphabet.
std::string package_url(const Json& system, const Json& package) {
  const std::string type = type_of(text_of(package, "format"));
  const std::string id = system.contains("id") ? text_of(system, "id") : text_of(system, "distro");
  std::string url = "pkg:" + type + "/";
  if (type != "generic" && !id.empty()) url += percent(id) + "/";
  url += percent(text_of(package, "name"));
  std::string version = version_of(package);
  if (type == "deb" && package.contains("epoch")) version = fmt::format("{}:{}", package.value("epoch", 0), version);
  if (!version.empty()) url += "@" + percent(version);
  std::vector<std::string> qualifiers;
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) qualifiers.push_back(std::string(key) + "=" + percent(value));
  };
  add("arch", text_of(package, "arch"));
  if (type != "generic" && !id.empty())
    add("distro", id + (system.contains("version_id") ? "-" + text_of(system, "version_id") : ""));
  if (type != "deb" && package.contains("epoch")) add("epoch", std::to_string(package.value("epoch", 0)));
  if (type == "deb" || type == "rpm") add("upstream", text_of(package, "source_package"));
  return qualifiers.empty() ? url : url + "?" + base::join(qualifiers, "&");
}

std::string system_version(const Json& system) {
  return fmt::format("{}.{}", system.value("major_version", 0), system.value("minor_version", 0));
}

std::string system_name(const Json& system) {
  const std::string name = text_of(system, "product_name");
  return name.empty() ? "unknown" : name;
}

// Letters, digits, dots and dashes alone; the number makes it unique.
std::string spdx_id(std::size_t system, std::size_t number, const std::string& name) {
  std::string id = fmt::format("SPDXRef-Package-{}-{}-", system, number);
  for (const char c : name) id += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' ? c : '-';
  return id;
}

Json spdx_package(const std::string& id, const Json& system, const Json& package) {
  Json entry = {{"SPDXID", id},
                {"name", text_of(package, "name")},
                {"versionInfo", version_of(package)},
                {"downloadLocation", kUnknown},
                {"filesAnalyzed", false},
                {"licenseConcluded", kUnknown},
                {"licenseDeclared", kUnknown},
                {"copyrightText", kUnknown}};
  const std::string publisher = text_of(package, "publisher");
  entry["supplier"] = publisher.empty() ? kUnknown : "Organization: " + publisher;
  if (package.contains("license")) entry["licenseComments"] = "the package says: " + text_of(package, "license");
  if (package.contains("summary")) entry["summary"] = text_of(package, "summary");
  if (package.contains("url")) entry["homepage"] = text_of(package, "url");
  if (package.contains("source_package")) entry["sourceInfo"] = "built from " + text_of(package, "source_package");
  entry["externalRefs"] = Json::array({{{"referenceCategory", "PACKAGE-MANAGER"},
                                        {"referenceType", "purl"},
                                        {"referenceLocator", package_url(system, package)}}});
  return entry;
}

Json relation(const std::string& from, const char* kind, const std::string& to) {
  return {{"spdxElementId", from}, {"relationshipType", kind}, {"relatedSpdxElement", to}};
}

void add_spdx_system(Json& document, std::size_t number, const Json& report) {
  const Json system = report.value("system", Json::object());
  const std::string root = fmt::format("SPDXRef-System-{}", number);
  document["packages"].push_back({{"SPDXID", root},
                                  {"name", system_name(system)},
                                  {"versionInfo", system_version(system)},
                                  {"downloadLocation", kUnknown},
                                  {"filesAnalyzed", false},
                                  {"licenseConcluded", kUnknown},
                                  {"licenseDeclared", kUnknown},
                                  {"copyrightText", kUnknown},
                                  {"primaryPackagePurpose", "OPERATING-SYSTEM"}});
  document["relationships"].push_back(relation("SPDXRef-DOCUMENT", "DESCRIBES", root));
  std::size_t count = 0;
  for (const Json& package : report.value("packages", Json::array())) {
    const std::string id = spdx_id(number, ++count, text_of(package, "name"));
    document["packages"].push_back(spdx_package(id, system, package));
    document["relationships"].push_back(relation(root, "CONTAINS", id));
  }
}

Json component(std::size_t system_number, std::size_t number, const Json& system, const Json& package) {
  Json entry = {{"type", "library"},
                {"bom-ref", fmt::format("{}-{}", system_number, number)},
                {"name", text_of(package, "name")},
                {"version", version_of(package)},
                {"purl", package_url(system, package)}};
  if (text_of(package, "format") == "windows") entry["type"] = "application";
  if (package.contains("publisher")) entry["publisher"] = text_of(package, "publisher");
  if (package.contains("summary")) entry["description"] = text_of(package, "summary");
  if (package.contains("license"))
    entry["licenses"] = Json::array({{{"license", {{"name", text_of(package, "license")}}}}});
  Json properties = Json::array();
  for (const char* key : {"format", "install_time", "source_package"})
    if (package.contains(key))
      properties.push_back({{"name", std::string("vmcraft:") + key}, {"value", text_of(package, key)}});
  entry["properties"] = std::move(properties);
  return entry;
}

Json system_component(std::size_t number, const Json& system) {
  return {{"type", "operating-system"},
          {"bom-ref", fmt::format("system-{}", number)},
          {"name", system_name(system)},
          {"version", system_version(system)}};
}

std::string dumped(const Json& document) {
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string inspect_spdx(const Json& reports) {
  Json document = {{"spdxVersion", "SPDX-2.3"},
                   {"dataLicense", "CC0-1.0"},
                   {"SPDXID", "SPDXRef-DOCUMENT"},
                   {"name", reports.empty() ? "guest" : system_name(reports[0].value("system", Json::object()))},
                   {"documentNamespace", "urn:uuid:" + new_uuid()},
                   {"creationInfo",
                    {{"created", now()}, {"creators", {std::string("Tool: vmcraft-") + library_version()}}}},
                   {"packages", Json::array()},
                   {"relationships", Json::array()}};
  std::size_t number = 0;
  for (const Json& report : reports) add_spdx_system(document, ++number, report);
  return dumped(document);
}

std::string inspect_cyclonedx(const Json& reports) {
  const auto system_of = [](const Json& report) { return report.value("system", Json::object()); };
  Json document = {
      {"bomFormat", "CycloneDX"},
      {"specVersion", "1.5"},
      {"serialNumber", "urn:uuid:" + new_uuid()},
      {"version", 1},
      {"metadata",
       {{"timestamp", now()},
        {"tools", {{"components", {{{"type", "application"}, {"name", "vmcraft"}, {"version", library_version()}}}}}}}},
      {"components", Json::array()}};
  if (!reports.empty()) document["metadata"]["component"] = system_component(1, system_of(reports[0]));
  for (std::size_t i = 0; i < reports.size(); ++i) {
    if (i > 0) document["components"].push_back(system_component(i + 1, system_of(reports[i])));
    std::size_t number = 0;
    for (const Json& package : reports[i].value("packages", Json::array()))
      document["components"].push_back(component(i + 1, ++number, system_of(reports[i]), package));
  }
  return dumped(document);
}

}  // namespace vmcraft::shell
