// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/reports.h"

#include <cstring>
#include <string>

#include "shell/session.h"
#include "shell/usage_error.h"
#include "vmcraft/vmcraft.h"

namespace vmcraft::shell {
namespace {

bool wants_json(int argc, char** argv) {
  bool json = false;
  for (int i = 2; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") != 0)
      throw UsageError(std::string(argv[1]) + ": " + argv[i] + ": only --json can follow");
    json = true;
  }
  return json;
}

}  // namespace

int run_report(int argc, char** argv) {
  if (argc < 2) return -1;
  if (std::strcmp(argv[1], "api") == 0) {
    wants_json(argc, argv);
    write_out(std::string(api_json()));
    return 0;
  }
  return -1;
}

}  // namespace vmcraft::shell
