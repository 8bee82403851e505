/**
 * What WAMR wants to know of the machine it runs on: a single thread, no files, no sockets, no clock. The types are named by its
 * headers even where nothing uses them. For any board, and for Linux as in tests.
 */
#ifndef _PLATFORM_INTERNAL_H
#define _PLATFORM_INTERNAL_H

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BH_PLATFORM_LEASEHOLD
#define BH_APPLET_PRESERVED_STACK_SIZE (2 * BH_KB)
#define BH_THREAD_DEFAULT_PRIORITY 0

typedef int korp_tid;
typedef int korp_thread;
typedef int korp_mutex;
typedef int korp_cond;
typedef int korp_rwlock;
typedef int korp_sem;
#define OS_THREAD_MUTEX_INITIALIZER 0

typedef int os_file_handle;
typedef int os_raw_file_handle;
typedef void *os_dir_stream;
typedef int os_poll_file_handle;
typedef unsigned int os_nfds_t;
typedef int os_timespec;

static inline os_file_handle os_get_invalid_handle(void) { return -1; }

/** In place of the C library's, by defines of the build: see `platform.c`. */
int wamr_vsnprintf(char *buffer, size_t size, const char *format, va_list arguments);
int wamr_snprintf(char *buffer, size_t size, const char *format, ...);

/** What the size of linear memory is rounded up to. */
static inline int os_getpagesize(void) { return 8; }

#endif
