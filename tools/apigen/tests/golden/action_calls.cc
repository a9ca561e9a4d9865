// SPDX-License-Identifier: LGPL-3.0-or-later
// Generated from the declarations.
#define GUESTFS_NO_WARN_DEPRECATED
#include "capi/calls.h"

#include <cstdlib>
#include <cstring>

namespace vmcraft::test {
namespace {

void free_strings(char** list) {
  for (char** item = list; *item != nullptr; ++item) std::free(*item);
  std::free(list);
}

namespace run {

bool do_thing([[maybe_unused]] guestfs_h* g, [[maybe_unused]] Feed& feed) {
  const char* const a_path = feed.text("pathname");
  const int a_count = feed.number();
  const char* const a_input = feed.text("filein");
  struct guestfs_do_thing_argv options = {};
  options.bitmask = feed.options(2);
  if ((options.bitmask & GUESTFS_DO_THING_DEEP_BITMASK) != 0) {
    const int a_deep = feed.number() & 1;
    options.deep = a_deep;
  }
  if ((options.bitmask & GUESTFS_DO_THING_NAMES_BITMASK) != 0) {
    char* const* const a_names = feed.list("stringlist");
    options.names = a_names;
  }
  [[maybe_unused]] auto value = guestfs_do_thing_argv(g, a_path, a_count, a_input, &options);
  if (value == nullptr) return false;
  guestfs_free_pair_list(value);
  return true;
}

}  // namespace run
}  // namespace

std::span<const ActionCall> action_calls() {
  static constexpr ActionCall kCalls[] = {
      {"do_thing", "pathname int filein", "launched", true, run::do_thing},
  };
  return kCalls;
}

}  // namespace vmcraft::test
