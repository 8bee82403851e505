/**
 * WAMR's platform interface (`platform_api_vmcore.h`) for a machine without an operating system. Memory comes from the pool that
 * `engine-wamr.c` gives it; there is one thread, so that locks have nothing to do; nothing is printed (`WASM_ENABLE_LOG=0`).
 */
#include "platform_api_vmcore.h"

int bh_platform_init(void) { return 0; }

void bh_platform_destroy(void) {}

/* Only a runtime without a pool asks for these: there is no other memory. */
void *os_malloc(unsigned size) {
  (void)size;
  return NULL;
}

void *os_realloc(void *bytes, unsigned size) {
  (void)bytes, (void)size;
  return NULL;
}

void os_free(void *bytes) { (void)bytes; }

int os_printf(const char *format, ...) {
  (void)format;
  return 0;
}

int os_vprintf(const char *format, va_list arguments) {
  (void)format, (void)arguments;
  return 0;
}

/*
 * WAMR formats what it says of a fault into buffers. Nobody reads them: all that counts is that the text of a fault is not empty. So the
 * format itself is the text, and the C library's formatting, which brings an allocator and floating point along, stays out.
 */
int wamr_vsnprintf(char *buffer, size_t size, const char *format, va_list arguments) {
  (void)arguments;
  size_t length = strlen(format);
  if (size == 0) return (int)length;
  size_t kept = length < size ? length : size - 1;
  memcpy(buffer, format, kept);
  buffer[kept] = 0;
  return (int)length;
}

int wamr_snprintf(char *buffer, size_t size, const char *format, ...) {
  va_list none;
  va_start(none, format);
  int length = wamr_vsnprintf(buffer, size, format, none);
  va_end(none);
  return length;
}

/* Clocks, thread and stack boundary are asked for profiling, logging and checks that are not built in. */
uint64 os_time_get_boot_us(void) { return 0; }

uint64 os_time_thread_cputime_us(void) { return 0; }

korp_tid os_self_thread(void) { return 0; }

uint8 *os_thread_get_stack_boundary(void) { return NULL; }

void os_thread_jit_write_protect_np(bool enabled) { (void)enabled; }

int os_mutex_init(korp_mutex *mutex) {
  (void)mutex;
  return BHT_OK;
}

int os_mutex_destroy(korp_mutex *mutex) {
  (void)mutex;
  return BHT_OK;
}

int os_mutex_lock(korp_mutex *mutex) {
  (void)mutex;
  return BHT_OK;
}

int os_mutex_unlock(korp_mutex *mutex) {
  (void)mutex;
  return BHT_OK;
}

/* Linear memory is taken from the pool too, and is zero. */
void *os_mmap(void *hint, size_t size, int protection, int flags, os_file_handle file) {
  (void)hint, (void)protection, (void)flags, (void)file;
  void *bytes = size < UINT32_MAX ? BH_MALLOC((uint32)size) : NULL;
  return bytes ? memset(bytes, 0, size) : NULL;
}

void os_munmap(void *bytes, size_t size) {
  (void)size;
  BH_FREE(bytes);
}

void *os_mremap(void *bytes, size_t old_size, size_t new_size) { return os_mremap_slow(bytes, old_size, new_size); }

int os_mprotect(void *bytes, size_t size, int protection) {
  (void)bytes, (void)size, (void)protection;
  return 0;
}

void os_dcache_flush(void) {}

void os_icache_flush(void *start, size_t length) { (void)start, (void)length; }
