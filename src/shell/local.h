// SPDX-License-Identifier: LGPL-3.0-or-later
// Programs of the host: !COMMAND, <!COMMAND, pipes, editors.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/process.h"

namespace vmcraft::shell {

/// Runs a command line by a shell on this terminal; returns its wait status. NAME=VALUE strings
/// are added to its environment, `arguments` are its $1 and so on.
int run_local(const std::string& command, const std::vector<std::string>& environment = {},
              const std::vector<std::string>& arguments = {}, const std::string& shell = "/bin/sh");

/// What the command line printed.
std::string output_of_local(const std::string& command);

/// `text` as one word for /bin/sh.
std::string shell_quoted(const std::string& text);

/// While it lives, standard output goes to a command line of the host.
class OutputPipe {
 public:
  explicit OutputPipe(const std::string& command);
  OutputPipe(const OutputPipe&) = delete;
  OutputPipe& operator=(const OutputPipe&) = delete;
  ~OutputPipe();
  /// Ends the pipe and waits for the command, whose status nobody asks for.
  void finish();

 private:
  base::UniqueFd saved_;
  base::ChildProcess child_;
  bool open_ = true;
};

}  // namespace vmcraft::shell
