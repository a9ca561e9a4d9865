// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/reports.h"

#include <fmt/format.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <string>

#include "shell/session.h"
#include "shell/usage_error.h"
#include "vmcraft/vmcraft.h"

namespace vmcraft::shell {
namespace {

using Json = nlohmann::json;

bool wants_json(int argc, char** argv) {
  bool json = false;
  for (int i = 2; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") != 0)
      throw UsageError(std::string(argv[1]) + ": " + argv[i] + ": only --json can follow");
    json = true;
  }
  return json;
}

std::string engine_text(const Json& engine) {
  const bool usable = engine.value("usable", false);
  const std::string reason = engine.value("reason", "");
  std::string text =
      fmt::format("engine {}: {}{}{}\n", engine.value("name", ""), usable ? "usable" : "not usable",
                  reason.empty() ? "" : ": ", reason);
  for (const Json& check : engine.value("checks", Json::array())) {
    const std::string detail = check.value("detail", "");
    const std::string package = check.value("package", "");
    text += fmt::format("  {:<8} {}{}{}{}\n", check.value("ok", false) ? "ok" : "missing",
                        check.value("what", ""), detail.empty() ? "" : ": ", detail,
                        package.empty() ? "" : fmt::format(" (install {})", package));
  }
  return text;
}

void show_doctor(bool json) {
  const std::string report = doctor_report();
  if (json) return write_out(report + "\n");
  std::string text;
  for (const Json& engine : Json::parse(report).value("engines", Json::array()))
    text += engine_text(engine);
  write_out(text);
}

}  // namespace

int run_report(int argc, char** argv) {
  if (argc < 2) return -1;
  if (std::strcmp(argv[1], "api") == 0) {
    wants_json(argc, argv);
    write_out(std::string(api_json()) + "\n");
    return 0;
  }
  if (std::strcmp(argv[1], "doctor") == 0) {
    show_doctor(wants_json(argc, argv));
    return 0;
  }
  return -1;
}

}  // namespace vmcraft::shell
