/* SPDX-License-Identifier: LGPL-3.0-or-later
 * A program of libguestfs' C interface. It is compiled against our header and against libguestfs' own,
 * and prints the same with both: each kind of argument, option and result once. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <guestfs.h>

static guestfs_h *g;

static void fail(const char *what)
{
  fprintf(stderr, "%s: %s\n", what, guestfs_last_error(g) ? guestfs_last_error(g) : "no error");
  exit(1);
}

static void check(int result, const char *what)
{
  if (result == -1) fail(what);
}

static void quiet(guestfs_h *handle, void *opaque, const char *message)
{
  (void) handle;
  ++*(int *) opaque;
  printf("handler: %s\n", strncmp(message, "cat: ", 5) == 0 ? "cat" : message);
}

static void on_event(guestfs_h *handle, void *opaque, uint64_t event, int number, int flags,
                     const char *text, size_t text_size, const uint64_t *values, size_t count)
{
  (void) handle; (void) number; (void) flags; (void) text; (void) text_size; (void) values; (void) count;
  if (event == GUESTFS_EVENT_LAUNCH_DONE) ++*(int *) opaque;
  if (event == GUESTFS_EVENT_CLOSE) printf("closing\n");
}

static void free_strings(char **list)
{
  size_t i;
  for (i = 0; list[i] != NULL; ++i) free(list[i]);
  free(list);
}

static void show_strings(const char *name, char **list)
{
  size_t i;
  if (list == NULL) fail(name);
  printf("%s:", name);
  for (i = 0; list[i] != NULL; ++i) printf(" %s", list[i]);
  printf("\n");
  free_strings(list);
}

static void make_guest(void)
{
  struct guestfs_mkfs_opts_argv options = { 0 };
  check(guestfs_part_disk(g, "/dev/sda", "mbr"), "part_disk");
  options.bitmask = GUESTFS_MKFS_OPTS_LABEL_BITMASK | GUESTFS_MKFS_OPTS_BLOCKSIZE_BITMASK;
  options.label = "data";
  options.blocksize = 4096;
  check(guestfs_mkfs_opts_argv(g, "ext4", "/dev/sda1", &options), "mkfs_opts_argv");
  check(guestfs_mount(g, "/dev/sda1", "/"), "mount");
  check(guestfs_write(g, "/bytes", "a\0b\n", 4), "write");
  check(guestfs_mkdir_p(g, "/one/two"), "mkdir_p");
  check(guestfs_chmod(g, 0640, "/bytes"), "chmod");
  check(guestfs_lsetxattr(g, "user.name", "value", 5, "/bytes"), "lsetxattr");
}

static void show_structs(void)
{
  struct guestfs_statns *one = guestfs_statns(g, "/bytes");
  struct guestfs_statns *copy;
  struct guestfs_dirent_list *entries;
  struct guestfs_xattr_list *attributes;
  if (one == NULL) fail("statns");
  copy = guestfs_copy_statns(one);
  printf("statns: %" PRIi64 " %o %d\n", one->st_size, (unsigned) one->st_mode & 07777, guestfs_compare_statns(one, copy));
  guestfs_free_statns(one);
  guestfs_free_statns(copy);
  entries = guestfs_readdir(g, "/one");
  if (entries == NULL) fail("readdir");
  printf("readdir: %u %c\n", entries->len, entries->val[entries->len - 1].ftyp);
  guestfs_free_dirent_list(entries);
  attributes = guestfs_lgetxattrs(g, "/bytes");
  if (attributes == NULL) fail("lgetxattrs");
  printf("lgetxattrs: %s %.*s\n", attributes->val[0].attrname, (int) attributes->val[0].attrval_len,
         attributes->val[0].attrval);
  guestfs_free_xattr_list(attributes);
}

static void show_results(void)
{
  size_t size = 0;
  char *text = guestfs_read_file(g, "/bytes", &size);
  if (text == NULL) fail("read_file");
  printf("read_file: %zu %d\n", size, memcmp(text, "a\0b\n", 5));
  free(text);
  text = guestfs_vfs_label(g, "/dev/sda1");
  if (text == NULL) fail("vfs_label");
  printf("vfs_label: %s\n", text);
  free(text);
  printf("exists: %d %d\n", guestfs_exists(g, "/bytes"), guestfs_exists(g, "/nothing"));
  printf("blockdev_getsize64: %" PRIi64 "\n", guestfs_blockdev_getsize64(g, "/dev/sda"));
  show_strings("list_partitions", guestfs_list_partitions(g));
  show_strings("list_filesystems", guestfs_list_filesystems(g));
  show_strings("find0's kin", guestfs_find(g, "/one"));
  printf("get_backend: %s\n", guestfs_get_backend(g) != NULL ? "text" : "null");
  show_structs();
}

static void show_errors(void)
{
  int told = 0;
  guestfs_push_error_handler(g, quiet, &told);
  if (guestfs_cat(g, "/nothing") != NULL || guestfs_last_errno(g) != ENOENT) fail("an error");
  if (guestfs_mkfs_opts(g, "ext4", "/dev/sda1", 4711, 1, -1) != -1) fail("an unknown option");
  if (guestfs_mkdir(g, NULL) != -1) fail("a NULL");
  guestfs_pop_error_handler(g);
  printf("told: %d\n", told);
}

int main(int argc, char **argv)
{
  int launched = 0;
  if (argc != 2) return 2;
  g = guestfs_create();
  if (g == NULL) return 1;
  if (guestfs_set_event_callback(g, on_event, GUESTFS_EVENT_LAUNCH_DONE | GUESTFS_EVENT_CLOSE, 0, &launched) == -1)
    fail("set_event_callback");
  check(guestfs_disk_create(g, argv[1], "raw", 100 << 20, -1), "disk_create");
  check(guestfs_add_drive_opts(g, argv[1], GUESTFS_ADD_DRIVE_OPTS_FORMAT, "raw",
                               GUESTFS_ADD_DRIVE_OPTS_READONLY, 0, -1), "add_drive_opts");
  check(guestfs_launch(g), "launch");
  printf("launched: %d\n", launched);
  make_guest();
  show_results();
  show_errors();
  guestfs_set_private(g, "key", argv[1]);
  printf("private: %d\n", guestfs_get_private(g, "key") == argv[1]);
  check(guestfs_shutdown(g), "shutdown");
  guestfs_close(g);
  return 0;
}
