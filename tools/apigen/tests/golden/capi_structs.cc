// SPDX-License-Identifier: LGPL-3.0-or-later
// Generated from the declarations.
#include "capi_structs.h"

namespace vmcraft::capi {

template <>
void give_into(const Pair& in, struct guestfs_pair& out) {
  out.left = give_text(in.left);
  out.right = in.right;
}
template <>
void free_inside(struct guestfs_pair& value) {
  free_text(value.left);
}
template <>
void copy_inside(struct guestfs_pair& value) {
  copy_text(value.left);
}
template <>
int compare_inside(const struct guestfs_pair& one, const struct guestfs_pair& other) {
  if (const int order = compare_text(one.left, other.left); order != 0) return order;
  if (const int order = compare_number(one.right, other.right); order != 0) return order;
  return 0;
}

}  // namespace vmcraft::capi

using namespace vmcraft;

extern "C" {

void guestfs_free_pair(struct guestfs_pair* value) { capi::free_one(value); }
int guestfs_compare_pair(const struct guestfs_pair* one, const struct guestfs_pair* other) {
  return capi::compare_one(*one, *other);
}
struct guestfs_pair* guestfs_copy_pair(const struct guestfs_pair* value) { return capi::copy_one(*value); }
void guestfs_free_pair_list(struct guestfs_pair_list* value) { capi::free_list(value); }
int guestfs_compare_pair_list(const struct guestfs_pair_list* one, const struct guestfs_pair_list* other) {
  return capi::compare_list(*one, *other);
}
struct guestfs_pair_list* guestfs_copy_pair_list(const struct guestfs_pair_list* value) { return capi::copy_list(*value); }

}  // extern "C"
