// SPDX-License-Identifier: LGPL-3.0-or-later
// The shell's view of an action. The tables are written by tools/apigen from the declarations.
#pragma once

#include <span>
#include <string_view>

#include "shell/arguments.h"
#include "shell/value.h"
#include "vmcraft/guestfs.h"

namespace vmcraft::shell {

/// How an integer result is printed.
enum class Format { kPlain, kOctal, kHex };

struct Command {
  const char* name;
  std::span<const char* const> aliases;
  const char* group;
  const char* brief;
  const char* doc;
  std::span<const Param> params;
  std::span<const Param> optparams;
  const char* ret;  ///< kind of the result, as the declarations name it
  Format format;
  const char* deprecated_by;  ///< empty where it is not
  bool progress;
  Value (*run)(GuestFS& g, const Arguments& args);
};

/// A name or an alias, with '-' between words.
struct CommandName {
  std::string_view name;
  const Command* command;
};

/// All names and aliases, sorted by bytes.
std::span<const CommandName> generated_commands();

/// The command of that name ('_' and '-' are the same), or null.
const Command* find_command(std::string_view name);

}  // namespace vmcraft::shell
