// SPDX-License-Identifier: LGPL-3.0-or-later
#include "handle/settings.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"

namespace vmcraft::handle {
namespace {

bool boolean(const std::string& text) {
  constexpr std::array kTrue = {"1", "true", "t", "yes", "y", "on"};
  constexpr std::array kFalse = {"0", "false", "f", "no", "n", "off"};
  const std::string word = base::lower(text);
  if (std::find(kTrue.begin(), kTrue.end(), word) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), word) != kFalse.end()) return false;
  base::throw_invalid(text, "is neither true nor false");
}

int memory_size(const std::string& text) {
  const auto number = base::parse_number<int>(text);
  if (!number || *number < 0) base::throw_invalid(text, "is not a number of MiB");
  return *number;
}

struct Variable {
  const char* name;  ///< behind LIBGUESTFS_ or VMCRAFT_
  void (*take)(Settings& settings, const std::string& value);
};

constexpr std::array kVariables = std::to_array<Variable>({
    {"DEBUG", [](Settings& s, const std::string& value) { s.verbose = boolean(value); }},
    {"TRACE", [](Settings& s, const std::string& value) { s.trace = boolean(value); }},
    {"TMPDIR", [](Settings& s, const std::string& value) { s.temp_dir = value; }},
    {"CACHEDIR", [](Settings& s, const std::string& value) { s.cache_dir = value; }},
    {"PATH", [](Settings& s, const std::string& value) { s.path = value; }},
    {"QEMU", [](Settings& s, const std::string& value) { s.hypervisor = value; }},
    {"HV", [](Settings& s, const std::string& value) { s.hypervisor = value; }},
    {"APPEND", [](Settings& s, const std::string& value) { s.append = value; }},
    {"MEMSIZE", [](Settings& s, const std::string& value) { s.memory_mib = memory_size(value); }},
    {"ATTACH_METHOD", [](Settings& s, const std::string& value) { s.engine = engine_of_backend(value); }},
    {"BACKEND", [](Settings& s, const std::string& value) { s.engine = engine_of_backend(value); }},
    {"ENGINE", [](Settings& s, const std::string& value) { s.engine = engine_of_backend(value); }},
    {"BACKING_FILES", [](Settings& s, const std::string& value) { s.backing_files = base::split(value, ':'); }},
    {"BACKEND_SETTINGS",
     [](Settings& s, const std::string& value) { s.engine_settings = base::split(value, ':'); }},
});

void take_variable(Settings& settings, const Variable& variable, const Lookup& lookup) {
  for (const char* prefix : {"LIBGUESTFS_", "VMCRAFT_"}) {
    const std::string name = std::string(prefix) + variable.name;
    const char* value = lookup(name);
    if (value == nullptr) continue;
    try {
      variable.take(settings, value);
    } catch (const Error& failure) {
      throw Error(failure.code(), failure.errno_value(), name + ": " + failure.what());
    }
  }
}

}  // namespace

// A variable that is wrong is no reason to have no handle: parse_environment tells of it.
Settings::Settings() {
  const Lookup lookup = [](const std::string& name) -> const char* {
    const char* value = std::getenv(name.c_str());
    return value != nullptr && *value != '\0' ? value : nullptr;
  };
  for (const Variable& variable : kVariables) {
    try {
      take_variable(*this, variable, lookup);
    } catch (const Error&) {
      continue;
    }
  }
  if (const char* value = lookup("VMCRAFT_ENGINE")) engine = value;  // launch refuses a wrong one
}

void take_environment(Settings& settings, const Lookup& lookup) {
  for (const Variable& variable : kVariables) take_variable(settings, variable, lookup);
}

std::string engine_of_backend(const std::string& backend) {
  const std::string name = backend.substr(0, backend.find_first_of("=:"));
  // Ways to run an appliance: none means anything here.
  if (name == "direct" || name == "libvirt" || name == "appliance") return "auto";
  if (name == "auto" || name == "host" || name == "uml") return name;
  base::throw_invalid("backend", "'" + backend + "' is not one of host, uml, auto");
}

}  // namespace vmcraft::handle
