// SPDX-License-Identifier: LGPL-3.0-or-later
// Generated from the declarations.
#include "capi/call.h"
#include "capi/give.h"
#include "capi_structs.h"
#include "guestfs.h"
#include "vmcraft/vmcraft.h"

using vmcraft::GuestFS;
using namespace vmcraft;

extern "C" {

struct guestfs_pair_list *guestfs_do_thing_argv(guestfs_h *g, const char *path, int count, const char *input, const struct guestfs_do_thing_argv *optargs) {
  return capi::call<struct guestfs_pair_list *>(g, "do_thing", nullptr, [&](GuestFS& guest) -> struct guestfs_pair_list * {
        if (path == nullptr) capi::refuse_null("path");
        if (input == nullptr) capi::refuse_null("input");
        DoThingOptions options;
        const std::uint64_t given = optargs != nullptr ? optargs->bitmask : 0;
        capi::check_options(given, 2);
        if ((given >> 0 & 1) != 0) options.deep = optargs->deep != 0;
        if ((given >> 1 & 1) != 0) options.names = capi::option_strings("names", optargs->names);
        return capi::give(guest.do_thing(path, count, input, options));
  });
}

struct guestfs_pair_list *guestfs_do_thing(guestfs_h *g, const char *path, int count, const char *input, ...) {
  va_list args;
  va_start(args, input);
  struct guestfs_pair_list *returned = guestfs_do_thing_va(g, path, count, input, args);
  va_end(args);
  return returned;
}

struct guestfs_pair_list *guestfs_do_thing_va(guestfs_h *g, const char *path, int count, const char *input, va_list args) {
  struct guestfs_do_thing_argv given = {};
  for (int tag = va_arg(args, int); tag >= 0; tag = va_arg(args, int)) {
    if (capi::is_repeated(g, "do_thing", given.bitmask, tag)) return nullptr;
    switch (tag) {
      case GUESTFS_DO_THING_DEEP: given.deep = va_arg(args, int); break;
      case GUESTFS_DO_THING_NAMES: given.names = va_arg(args, char *const *); break;
      default: return capi::unknown_option(g, "do_thing", tag), nullptr;
    }
    given.bitmask |= std::uint64_t{1} << tag;
  }
  return guestfs_do_thing_argv(g, path, count, input, &given);
}

}  // extern "C"
