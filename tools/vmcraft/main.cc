// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/shell.h"

int main(int argc, char** argv) { return vmcraft::shell::run_shell(argc, argv); }
