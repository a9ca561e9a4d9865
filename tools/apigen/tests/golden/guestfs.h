// SPDX-License-Identifier: LGPL-3.0-or-later
// Generated from the declarations.
/* The C interface, as libguestfs has it. */
#ifndef GUESTFS_H_
#define GUESTFS_H_

#include "guestfs-base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GUESTFS_HAVE_STRUCT_PAIR 1
struct guestfs_pair {
  char *left;
  int64_t right;
};
struct guestfs_pair_list {
  uint32_t len;
  struct guestfs_pair *val;
};
GUESTFS_PUBLIC void guestfs_free_pair(struct guestfs_pair *value);
GUESTFS_PUBLIC int guestfs_compare_pair(const struct guestfs_pair *one, const struct guestfs_pair *other);
GUESTFS_PUBLIC struct guestfs_pair *guestfs_copy_pair(const struct guestfs_pair *value);
GUESTFS_PUBLIC void guestfs_free_pair_list(struct guestfs_pair_list *value);
GUESTFS_PUBLIC int guestfs_compare_pair_list(const struct guestfs_pair_list *one, const struct guestfs_pair_list *other);
GUESTFS_PUBLIC struct guestfs_pair_list *guestfs_copy_pair_list(const struct guestfs_pair_list *value);

#define GUESTFS_HAVE_DO_THING 1
#define GUESTFS_DO_THING_DEEP 0
#define GUESTFS_DO_THING_NAMES 1
struct guestfs_do_thing_argv {
  uint64_t bitmask;
#define GUESTFS_DO_THING_DEEP_BITMASK (UINT64_C(1) << 0)
  int deep;
#define GUESTFS_DO_THING_NAMES_BITMASK (UINT64_C(1) << 1)
  char *const *names;
};
GUESTFS_PUBLIC struct guestfs_pair_list *guestfs_do_thing(guestfs_h *g, const char *path, int count, const char *input, ...);
GUESTFS_PUBLIC struct guestfs_pair_list *guestfs_do_thing_va(guestfs_h *g, const char *path, int count, const char *input, va_list args);
GUESTFS_PUBLIC struct guestfs_pair_list *guestfs_do_thing_argv(guestfs_h *g, const char *path, int count, const char *input, const struct guestfs_do_thing_argv *optargs);

#ifdef __cplusplus
}
#endif

#endif
