/**
 * The operations of WebAssembly that C has not, or has not defined: what the C of a module (`<role>.aot.c`) is written in. For
 * little-endian machines. Division by zero, overflow and access beyond linear memory end in `engine_trapped`.
 *
 * The including file has defined `linear_memory`. Its bounds are checked against the constant `ENGINE_MEMORY_SIZE`, by functions that are
 * called, since code is dearer than time on a board. Where `ENGINE_GUARD_PAGES` is defined, the machine checks them: 8 GiB of
 * address space lie behind `linear_memory`, all but its own bytes fault, and accesses are inline.
 */
#ifndef LEASEHOLD_WEBASSEMBLY_H
#define LEASEHOLD_WEBASSEMBLY_H

#include <stdint.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a module's C is for little-endian machines");

typedef uint8_t u8;
typedef int8_t s8;
typedef uint16_t u16;
typedef int16_t s16;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;
typedef int64_t s64;

/* ── Access to linear memory ──────────────────────────────────────────────────────────────────────────────────────── */

#ifdef ENGINE_GUARD_PAGES

#define ACCESS static inline __attribute__((always_inline, unused))
#define CHECK_BOUNDS(address, offset, width)
/** A load is made even if nobody wants its value: it may trap. */
#define KEEP_LOAD(value) __asm__ volatile("" : : "r"(value))

#else

_Static_assert(ENGINE_MEMORY_SIZE >= 8, "ENGINE_MEMORY_SIZE: less than one i64");

/**
 * Ends the instance. On ARM it is a jump that saves nothing, so that the compiler knows which registers an access to memory leaves
 * alone: 1 % less code.
 */
static _Noreturn __attribute__((noinline, cold)) void trap(void) {
#ifdef __arm__
  __asm__ volatile("b %c0" : : "i"(engine_trapped));
  __builtin_unreachable();
#else
  engine_trapped();
#endif
}

#define ACCESS static __attribute__((noinline, unused))
/** Traps unless `width` bytes at `address + offset` lie within linear memory; nothing in the comparisons can wrap. */
#define CHECK_BOUNDS(address, offset, width)                                                                           \
  if ((offset) > ENGINE_MEMORY_SIZE - (width) || (address) > ENGINE_MEMORY_SIZE - (width) - (offset)) trap()
#define KEEP_LOAD(value)

#endif

#define DEFINE_LOAD(name, in_memory, extended, result)                                                                 \
  ACCESS result name(u32 address, u32 offset) {                                                                        \
    CHECK_BOUNDS(address, offset, sizeof(in_memory));                                                                  \
    in_memory value;                                                                                                   \
    __builtin_memcpy(&value, linear_memory + address + (uintptr_t)offset, sizeof value);                               \
    KEEP_LOAD(value);                                                                                                  \
    return (result)(extended)value;                                                                                    \
  }

#define DEFINE_STORE(name, in_memory, operand)                                                                         \
  ACCESS void name(u32 address, u32 offset, operand value) {                                                           \
    CHECK_BOUNDS(address, offset, sizeof(in_memory));                                                                  \
    in_memory wrapped = (in_memory)value;                                                                              \
    __builtin_memcpy(linear_memory + address + (uintptr_t)offset, &wrapped, sizeof wrapped);                           \
  }

DEFINE_LOAD(i32_load, u32, u32, u32)
DEFINE_LOAD(i32_load8_s, s8, s32, u32)
DEFINE_LOAD(i32_load8_u, u8, u32, u32)
DEFINE_LOAD(i32_load16_s, s16, s32, u32)
DEFINE_LOAD(i32_load16_u, u16, u32, u32)
DEFINE_LOAD(i64_load, u64, u64, u64)
DEFINE_LOAD(i64_load8_s, s8, s64, u64)
DEFINE_LOAD(i64_load8_u, u8, u64, u64)
DEFINE_LOAD(i64_load16_s, s16, s64, u64)
DEFINE_LOAD(i64_load16_u, u16, u64, u64)
DEFINE_LOAD(i64_load32_s, s32, s64, u64)
DEFINE_LOAD(i64_load32_u, u32, u64, u64)
DEFINE_STORE(i32_store, u32, u32)
DEFINE_STORE(i32_store8, u8, u32)
DEFINE_STORE(i32_store16, u16, u32)
DEFINE_STORE(i64_store, u64, u64)
DEFINE_STORE(i64_store8, u8, u64)
DEFINE_STORE(i64_store16, u16, u64)
DEFINE_STORE(i64_store32, u32, u64)

/** An access at an offset that occurs often enough for a function of its own, which saves its callers to name the offset. */
#define DEFINE_LOAD_AT(name, offset, result)                                                                           \
  ACCESS result name##_##offset(u32 address) { return name(address, offset); }
#define DEFINE_STORE_AT(name, offset, operand)                                                                         \
  ACCESS void name##_##offset(u32 address, operand value) { name(address, offset, value); }

/* ── Division ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static inline u32 u32_divide(u32 x, u32 y) {
  if (y == 0) engine_trapped();
  return x / y;
}

static inline u32 u32_remainder(u32 x, u32 y) {
  if (y == 0) engine_trapped();
  return x % y;
}

#ifdef ENGINE_GUARD_PAGES

static inline u64 u64_divide(u64 x, u64 y) {
  if (y == 0) engine_trapped();
  return x / y;
}

static inline u64 u64_remainder(u64 x, u64 y) {
  if (y == 0) engine_trapped();
  return x % y;
}

#else

/**
 * Divides bit by bit: the compiler's own division of 64 bits is ten times as large, and a message needs a few of them at most. `rest` is
 * never more than the bits of the dividend that were taken so far, so that it has room for the next one.
 */
static __attribute__((noinline, unused)) u64 u64_divide_bits(u64 dividend, u64 divisor, u64 *remainder) {
  u64 rest = 0;
  if (divisor == 0) engine_trapped();
  for (u32 bit = 0; bit < 64; bit++) {
    rest = rest << 1 | dividend >> 63;
    dividend <<= 1;
    if (rest >= divisor) {
      rest -= divisor;
      dividend |= 1;
    }
  }
  *remainder = rest;
  return dividend;
}

static inline u64 u64_divide(u64 x, u64 y) {
  u64 rest;
  return u64_divide_bits(x, y, &rest);
}

static inline u64 u64_remainder(u64 x, u64 y) {
  u64 rest;
  u64_divide_bits(x, y, &rest);
  return rest;
}

#endif

/* The names below are wasm2c's. */

#define DIV_U(x, y) _Generic((x), u32: u32_divide, u64: u64_divide)(x, y)
#define REM_U(x, y) _Generic((x), u32: u32_remainder, u64: u64_remainder)(x, y)
#define DIV_S(type, min, x, y) ((y) == 0 || ((x) == (min) && (y) == -1) ? (engine_trapped(), 0) : (type)((x) / (y)))
#define REM_S(type, x, y) ((y) == 0 ? (engine_trapped(), 0) : (y) == -1 ? 0 : (type)((x) % (y)))
#define I32_DIV_S(x, y) DIV_S(u32, INT32_MIN, (s32)(x), (s32)(y))
#define I64_DIV_S(x, y) DIV_S(u64, INT64_MIN, (s64)(x), (s64)(y))
#define I32_REM_S(x, y) REM_S(u32, (s32)(x), (s32)(y))
#define I64_REM_S(x, y) REM_S(u64, (s64)(x), (s64)(y))

/* ── Bits ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

#define ROTATE_LEFT(x, y, mask) ((x) << ((y) & (mask)) | (x) >> ((0 - (y)) & (mask)))
#define ROTATE_RIGHT(x, y, mask) ((x) >> ((y) & (mask)) | (x) << ((0 - (y)) & (mask)))
#define I32_ROTL(x, y) ROTATE_LEFT(x, y, 31)
#define I64_ROTL(x, y) ROTATE_LEFT(x, y, 63)
#define I32_ROTR(x, y) ROTATE_RIGHT(x, y, 31)
#define I64_ROTR(x, y) ROTATE_RIGHT(x, y, 63)

#define I32_CLZ(x) ((x) != 0 ? (u32)__builtin_clz(x) : 32)
#define I64_CLZ(x) ((x) != 0 ? (u64)__builtin_clzll(x) : 64)
#define I32_CTZ(x) ((x) != 0 ? (u32)__builtin_ctz(x) : 32)
#define I64_CTZ(x) ((x) != 0 ? (u64)__builtin_ctzll(x) : 64)

#endif
