// SPDX-License-Identifier: LGPL-3.0-or-later
#include "capi/call.h"

#include <cerrno>
#include <cstdarg>
#include <cstdio>

#include "base/error.h"
#include "handle/handle.h"

namespace vmcraft::capi {

void report(guestfs_h* g, const std::string& text, int errno_value) {
  if (!is_open(g)) {
    std::fprintf(stderr, "libguestfs: error: %s\n", text.c_str());
    errno = errno_value;
    return;
  }
  ErrorHandler handler;
  {
    const std::lock_guard lock(g->mutex);
    g->failures[std::this_thread::get_id()] = {text, errno_value, true};
    handler = g->error_handler;
  }
  // Outside of the lock: it may ask for the last error, or set another handler.
  if (handler.call != nullptr) handler.call(g, handler.opaque, text.c_str());
}

void report_in_flight(guestfs_h* g, const char* action) {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    g->out_of_memory();
  } catch (const Error& failure) {
    const std::string text = failure.what();
    // Those from the class have the action's name in front already; NULLs were found before it.
    const bool named = text.starts_with(std::string(action) + ":");
    report(g, named ? text : std::string(action) + ": " + text, failure.errno_value());
  } catch (const std::exception& failure) {
    report(g, std::string(action) + ": " + failure.what(), EINVAL);
  }
}

void refuse_null(const char* parameter) {
  throw Error(ErrorCode::invalid_argument, EINVAL, std::string(parameter) + ": parameter cannot be NULL");
}

void check_options(std::uint64_t given, unsigned count) {
  if (count < 64 && given >> count != 0)
    throw Error(ErrorCode::invalid_argument, EINVAL,
                "unknown option in the bitmask: this program was compiled for a later library");
}

void unknown_option(guestfs_h* g, const char* action, int tag) {
  report(g, std::string(action) + ": unknown option " + std::to_string(tag) +
                " (this can happen if a program is compiled against a newer version of libguestfs, then "
                "dynamically linked to an older version)",
         EINVAL);
}

bool is_repeated(guestfs_h* g, const char* action, std::uint64_t given, int tag) {
  if (tag >= 64 || (given >> tag & 1U) == 0) return false;
  report(g, std::string(action) + ": same optional argument specified more than once", EINVAL);
  return true;
}

std::vector<std::string> strings(char* const* list) {
  std::vector<std::string> result;
  for (; *list != nullptr; ++list) result.emplace_back(*list);
  return result;
}

std::vector<std::string> option_strings(const char* name, char* const* list) {
  if (list == nullptr) refuse_null(name);
  return strings(list);
}

std::string option_text(const char* name, const char* text) {
  if (text == nullptr) refuse_null(name);
  return text;
}

const char* keep(guestfs_h& g, const char* action, const std::optional<std::string>& value) {
  const std::lock_guard lock(g.mutex);
  if (!value) return nullptr;
  std::string& kept = g.kept[action];
  if (kept != *value) kept = *value;
  return kept.c_str();
}

void forget_environment(GuestFS& guest) {
  handle::Settings& settings = internal_handle(guest).settings;
  settings.verbose = settings.trace = false;
  settings.temp_dir.clear();
  settings.cache_dir.clear();
  settings.append.clear();
  settings.memory_mib = 0;
  settings.engine = "auto";
}

}  // namespace vmcraft::capi
