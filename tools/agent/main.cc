// SPDX-License-Identifier: LGPL-3.0-or-later
#include <cstdio>
#include <exception>

#include "uml/agent.h"
#include "uml/agent_test_handler.h"

int main(int argc, char** argv) {
  int status = 0;
  if (vmcraft::uml::serve_module_request(argc, argv, status)) return status;
  try {
    const auto agent = vmcraft::uml::agent_init();
    vmcraft::uml::serve(*agent, vmcraft::uml::agent_test_handler());
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "vmcraft-agent: %s\n", failure.what());
  }
  return 1;
}
