// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "vmcraft/export.h"

namespace vmcraft {

/// What kind of failure an Error reports.
enum class ErrorCode {
  system = 1,        ///< a system call failed; errno_value() says how
  invalid_argument,  ///< the caller passed something the action does not take
  state,             ///< the handle is not in the state the action needs
  not_supported,     ///< neither engine of this machine can do it (ENOTSUP)
  command,           ///< a helper program failed; see CommandError
  corrupt,           ///< what is on the disk is not valid
  cancelled,         ///< user_cancel was called
  engine,            ///< the isolated engine died while it was serving the call
};

/// The one exception of the library. what() has the form `operation: object: reason`.
class VMCRAFT_API Error : public std::runtime_error {
 public:
  Error(ErrorCode code, int errno_value, const std::string& text);

  ErrorCode code() const noexcept { return code_; }
  /// errno of the failure, 0 where there is none.
  int errno_value() const noexcept { return errno_; }

 private:
  ErrorCode code_;
  int errno_;
};

/// A helper program ended with a failure.
class VMCRAFT_API CommandError : public Error {
 public:
  CommandError(const std::string& text, std::vector<std::string> argv, int status,
               std::string stderr_tail);

  const std::vector<std::string>& argv() const noexcept { return argv_; }
  /// Wait status as waitpid(2) gives it.
  int status() const noexcept { return status_; }
  const std::string& stderr_tail() const noexcept { return stderr_tail_; }

 private:
  std::vector<std::string> argv_;
  int status_;
  std::string stderr_tail_;
};

}  // namespace vmcraft
