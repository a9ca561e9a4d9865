/* SPDX-License-Identifier: LGPL-3.0-or-later
 * The part of libguestfs' C interface that is no action: handles, errors, events, private data. */
#ifndef GUESTFS_BASE_H_
#define GUESTFS_BASE_H_

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define GUESTFS_PUBLIC __attribute__((visibility("default")))
#ifdef GUESTFS_NO_WARN_DEPRECATED
#define GUESTFS_INSTEAD(name)
#else
#define GUESTFS_INSTEAD(name) __attribute__((__deprecated__("use " name)))
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct guestfs_h guestfs_h;

#define GUESTFS_HAVE_CREATE_FLAGS 1
#define GUESTFS_CREATE_NO_ENVIRONMENT (1 << 0)
#define GUESTFS_CREATE_NO_CLOSE_ON_EXIT (1 << 1)
GUESTFS_PUBLIC guestfs_h *guestfs_create(void);
GUESTFS_PUBLIC guestfs_h *guestfs_create_flags(unsigned flags, ...);
GUESTFS_PUBLIC void guestfs_close(guestfs_h *g);

/* Of the thread that asks. The text is valid until the thread's next failure on this handle. */
#define GUESTFS_HAVE_LAST_ERRNO 1
GUESTFS_PUBLIC const char *guestfs_last_error(guestfs_h *g);
GUESTFS_PUBLIC int guestfs_last_errno(guestfs_h *g);

typedef void (*guestfs_error_handler_cb)(guestfs_h *g, void *opaque, const char *msg);
typedef void (*guestfs_abort_cb)(void) __attribute__((noreturn));
#define GUESTFS_HAVE_PUSH_ERROR_HANDLER 1
#define GUESTFS_HAVE_POP_ERROR_HANDLER 1
GUESTFS_PUBLIC void guestfs_set_error_handler(guestfs_h *g, guestfs_error_handler_cb cb, void *opaque);
GUESTFS_PUBLIC guestfs_error_handler_cb guestfs_get_error_handler(guestfs_h *g, void **opaque_rtn);
GUESTFS_PUBLIC void guestfs_push_error_handler(guestfs_h *g, guestfs_error_handler_cb cb, void *opaque);
GUESTFS_PUBLIC void guestfs_pop_error_handler(guestfs_h *g);
GUESTFS_PUBLIC void guestfs_set_out_of_memory_handler(guestfs_h *g, guestfs_abort_cb cb);
GUESTFS_PUBLIC guestfs_abort_cb guestfs_get_out_of_memory_handler(guestfs_h *g);

#define GUESTFS_EVENT_CLOSE 0x0001
#define GUESTFS_EVENT_SUBPROCESS_QUIT 0x0002
#define GUESTFS_EVENT_LAUNCH_DONE 0x0004
#define GUESTFS_EVENT_PROGRESS 0x0008
#define GUESTFS_EVENT_APPLIANCE 0x0010
#define GUESTFS_EVENT_LIBRARY 0x0020
#define GUESTFS_EVENT_TRACE 0x0040
#define GUESTFS_EVENT_ENTER 0x0080
#define GUESTFS_EVENT_LIBVIRT_AUTH 0x0100
#define GUESTFS_EVENT_WARNING 0x0200
#define GUESTFS_EVENT_ALL 0x03ff
#define GUESTFS_HAVE_SET_EVENT_CALLBACK 1
#define GUESTFS_HAVE_DELETE_EVENT_CALLBACK 1
#define GUESTFS_HAVE_EVENT_TO_STRING 1
typedef void (*guestfs_event_callback)(guestfs_h *g, void *opaque, uint64_t event, int event_handle,
                                       int flags, const char *buf, size_t buf_len,
                                       const uint64_t *array, size_t array_len);
GUESTFS_PUBLIC int guestfs_set_event_callback(guestfs_h *g, guestfs_event_callback cb,
                                              uint64_t event_bitmask, int flags, void *opaque);
GUESTFS_PUBLIC void guestfs_delete_event_callback(guestfs_h *g, int event_handle);
GUESTFS_PUBLIC char *guestfs_event_to_string(uint64_t event);

/* Superseded by events; setting one replaces the one before. */
typedef void (*guestfs_log_message_cb)(guestfs_h *g, void *opaque, char *buf, int len);
typedef void (*guestfs_subprocess_quit_cb)(guestfs_h *g, void *opaque);
typedef void (*guestfs_launch_done_cb)(guestfs_h *g, void *opaque);
typedef void (*guestfs_close_cb)(guestfs_h *g, void *opaque);
typedef void (*guestfs_progress_cb)(guestfs_h *g, void *opaque, int proc_nr, int serial,
                                    uint64_t position, uint64_t total);
#define GUESTFS_HAVE_SET_CLOSE_CALLBACK 1
#define GUESTFS_HAVE_SET_PROGRESS_CALLBACK 1
GUESTFS_INSTEAD("guestfs_set_event_callback")
GUESTFS_PUBLIC void guestfs_set_log_message_callback(guestfs_h *g, guestfs_log_message_cb cb, void *opaque);
GUESTFS_INSTEAD("guestfs_set_event_callback")
GUESTFS_PUBLIC void guestfs_set_subprocess_quit_callback(guestfs_h *g, guestfs_subprocess_quit_cb cb, void *opaque);
GUESTFS_INSTEAD("guestfs_set_event_callback")
GUESTFS_PUBLIC void guestfs_set_launch_done_callback(guestfs_h *g, guestfs_launch_done_cb cb, void *opaque);
GUESTFS_INSTEAD("guestfs_set_event_callback")
GUESTFS_PUBLIC void guestfs_set_close_callback(guestfs_h *g, guestfs_close_cb cb, void *opaque);
GUESTFS_INSTEAD("guestfs_set_event_callback")
GUESTFS_PUBLIC void guestfs_set_progress_callback(guestfs_h *g, guestfs_progress_cb cb, void *opaque);

#define GUESTFS_HAVE_SET_PRIVATE 1
#define GUESTFS_HAVE_GET_PRIVATE 1
#define GUESTFS_HAVE_FIRST_PRIVATE 1
#define GUESTFS_HAVE_NEXT_PRIVATE 1
GUESTFS_PUBLIC void guestfs_set_private(guestfs_h *g, const char *key, void *data);
GUESTFS_PUBLIC void *guestfs_get_private(guestfs_h *g, const char *key);
GUESTFS_PUBLIC void *guestfs_first_private(guestfs_h *g, const char **key_rtn);
GUESTFS_PUBLIC void *guestfs_next_private(guestfs_h *g, const char **key_rtn);

#ifdef __cplusplus
}
#endif

#endif
