/**
 * The functions of the C and the compiler's library that firmware needs, in as few bytes as possible: those of newlib and libgcc are
 * made for speed and take 1,100 bytes together. A board where flash is short links this file; the compiler must be told
 * -fno-tree-loop-distribute-patterns, or it would call these functions from within themselves.
 */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int value, size_t size);
uint64_t __udivmoddi4(uint64_t dividend, uint64_t divisor, uint64_t *rest);

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

/** What `__aeabi_uldivmod` of libgcc divides by: long division, bit by bit, some 900 cycles. */
__attribute__((used)) uint64_t __udivmoddi4(uint64_t dividend, uint64_t divisor, uint64_t *rest) {
  uint64_t remainder = 0;
  for (uint32_t bit = 0; bit < 64; bit++) {
    uint32_t overflow = (uint32_t)(remainder >> 63);
    remainder = remainder << 1 | dividend >> 63;
    dividend <<= 1;
    if (overflow | (remainder >= divisor)) {
      remainder -= divisor;
      dividend |= 1;
    }
  }
  *rest = remainder;
  return dividend;
}
