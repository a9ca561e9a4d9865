// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/reports.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "base/fd.h"
#include "base/helper.h"
#include "shell/session.h"
#include "shell/usage_error.h"
#include "vmcraft/vmcraft.h"

namespace vmcraft::shell {
namespace {

using Json = nlohmann::json;

/// True where one of the words that may follow the report's name does.
bool wants(int argc, char** argv, std::initializer_list<std::string_view> known, std::string_view wanted) {
  bool found = false;
  for (int i = 2; i < argc; ++i) {
    if (std::find(known.begin(), known.end(), argv[i]) == known.end())
      throw UsageError(fmt::format("{}: {}: only {} can follow", argv[1], argv[i], fmt::join(known, " or ")));
    found = found || argv[i] == wanted;
  }
  return found;
}

std::string coverage_line(const Json& action) {
  const std::string refusal = action.value("not_supported", "");
  return fmt::format("{:<44} {:<16} {:<10} {:<10} {:<6} {}\n", action.value("name", ""), action.value("group", ""),
                     refusal.empty() ? "yes" : "ENOTSUP", action.value("engine", "") == "local" ? "-" : "host, uml",
                     action.value("tested", false) ? "yes" : "no", refusal);
}

/// Which of libguestfs' actions are here; those that are not stand at the end.
std::string coverage_text(const Json& api) {
  std::map<std::string, const Json*> declared;
  for (const Json& action : api["actions"]) declared[action.value("name", "")] = &action;
  std::string text = fmt::format("{:<44} {:<16} {:<10} {:<10} {}\n", "action", "group", "works", "engine", "tested");
  std::string missing;
  std::size_t found = 0, working = 0, tested = 0;
  for (const std::string name : api["guestfs_actions"]) {
    const auto entry = declared.find(name);
    if (entry == declared.end()) {
      missing += fmt::format("{:<44} not declared\n", name);
      continue;
    }
    const Json& action = *entry->second;
    text += coverage_line(action);
    ++found;
    working += action.contains("not_supported") ? 0 : 1;
    tested += action.value("tested", false) ? 1 : 0;
  }
  return text + missing +
         fmt::format("{} actions of libguestfs: {} declared, {} of them work, {} are tested; {} of VMCraft's own\n",
                     api["guestfs_actions"].size(), found, working, tested, declared.size() - found);
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

[[noreturn]] void run_in_guestfs_environment(int argc, char** argv) {
  if (argc < 3) throw UsageError("guestfs-env: name the program to run");
  const auto library = base::find_own_library("libguestfs.so.0");
  if (!library) throw UsageError("guestfs-env: libguestfs.so.0 was not installed with this program");
  std::string path = library->substr(0, library->rfind('/'));
  if (const char* before = std::getenv("LD_LIBRARY_PATH"); before != nullptr && *before != '\0')
    path.append(":").append(before);
  ::setenv("LD_LIBRARY_PATH", path.c_str(), 1);
  // libguestfs follows any backing file, and its programs make overlays in folders of their own.
  ::setenv("VMCRAFT_BACKING_FILES", "/", 0);
  // They may make volumes on drives that hold none yet.
  if (!base::UniqueFd(::open("/dev/mapper/control", O_RDWR | O_CLOEXEC))) ::setenv("VMCRAFT_ENGINE", "uml", 0);
  ::execvp(argv[2], argv + 2);
  throw UsageError(fmt::format("guestfs-env: {}: {}", argv[2], std::strerror(errno)));
}

}  // namespace

int run_report(int argc, char** argv) {
  if (argc < 2) return -1;
  if (std::strcmp(argv[1], "api") == 0) {
    if (wants(argc, argv, {"--json", "--coverage"}, "--coverage")) write_out(coverage_text(Json::parse(api_json())));
    else write_out(std::string(api_json()) + "\n");
    return 0;
  }
  if (std::strcmp(argv[1], "doctor") == 0) {
    show_doctor(wants(argc, argv, {"--json"}, "--json"));
    return 0;
  }
  if (std::strcmp(argv[1], "guestfs-env") == 0) run_in_guestfs_environment(argc, argv);
  return -1;
}

}  // namespace vmcraft::shell
