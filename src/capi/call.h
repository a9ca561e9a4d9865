// SPDX-License-Identifier: LGPL-3.0-or-later
// What every C function does around its call of the class: NULLs, errors, options.
#pragma once

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "capi/handle.h"

namespace vmcraft::capi {

/// Keeps the exception in flight as the handle's last error, and tells its error handler.
void report_in_flight(guestfs_h* g, const char* action);
/// The same with a text; where the handle is closed, on standard error and in errno.
void report(guestfs_h* g, const std::string& text, int errno_value);

[[noreturn]] void refuse_null(const char* parameter);
/// Throws where a bit stands for no option.
void check_options(std::uint64_t given, unsigned count);
/// Tells the error handler; the caller returns its failure.
void unknown_option(guestfs_h* g, const char* action, int tag);
bool is_repeated(guestfs_h* g, const char* action, std::uint64_t given, int tag);

std::vector<std::string> strings(char* const* list);
std::vector<std::string> option_strings(const char* name, char* const* list);
std::string option_text(const char* name, const char* text);
inline std::optional<std::string> optional(const char* text) {
  return text != nullptr ? std::optional<std::string>(text) : std::nullopt;
}

/// The string stays the handle's, until the action is called again.
const char* keep(guestfs_h& g, const char* action, const std::optional<std::string>& value);

/// Sets back what the constructor took from the environment.
void forget_environment(GuestFS& guest);

template <typename Ret, typename Work>
Ret call(guestfs_h* g, const char* action, std::type_identity_t<Ret> failure, const Work& work) {
  if (!is_open(g)) return report(g, std::string(action) + ": the handle is closed", EBADF), failure;
  try {
    return work(g->guest);
  } catch (...) {
    report_in_flight(g, action);
    return failure;
  }
}

}  // namespace vmcraft::capi
