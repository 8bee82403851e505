/**
 * The functions of the C library that firmware needs, in as few bytes as possible: those of newlib are made for speed. A board where
 * flash is short links this file; the compiler must be told -fno-tree-loop-distribute-patterns, or it would call these functions from
 * within themselves.
 */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int value, size_t size);

__attribute__((used)) void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  uint8_t *target = to;
  const uint8_t *source = from;
  while (size-- != 0) *target++ = *source++;
  return to;
}

__attribute__((used)) void *memset(void *to, int value, size_t size) {
  uint8_t *target = to;
  while (size-- != 0) *target++ = (uint8_t)value;
  return to;
}
