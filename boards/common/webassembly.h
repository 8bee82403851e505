/**
 * The operations of WebAssembly that C has not, or has not defined: what the C of a module (`<role>.aot.c`) is written in. For
 * little-endian machines. Division by zero, overflow and access beyond linear memory end in `engine_trapped`.
 *
 * The including file has defined `linear_memory`. Its bounds are checked against the constant `ENGINE_MEMORY_SIZE`, or, where
 * `ENGINE_GUARD_PAGES` is defined, by the machine: 8 GiB of address space lie behind `linear_memory` and all but its own bytes fault.
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

/**
 * Traps unless `width` bytes at `address + offset` lie within linear memory. `offset` and `width` are constants, so that the right side
 * of the comparison is one too, and nothing wraps.
 */
#ifdef ENGINE_GUARD_PAGES
#define CHECK_BOUNDS(address, offset, width)
#else
#define CHECK_BOUNDS(address, offset, width)                                                                     \
  if ((u64)(offset) + (width) > ENGINE_MEMORY_SIZE || (address) > ENGINE_MEMORY_SIZE - (offset) - (width))       \
  engine_trapped()
#endif

#define DEFINE_LOAD(name, in_memory, extended, result)                                                            \
  static inline __attribute__((always_inline, unused)) result name(u32 address, u32 offset) {                    \
    CHECK_BOUNDS(address, offset, sizeof(in_memory));                                                             \
    in_memory value;                                                                                              \
    memcpy(&value, linear_memory + address + (uintptr_t)offset, sizeof value);                                    \
    return (result)(extended)value;                                                                               \
  }

#define DEFINE_STORE(name, in_memory, operand)                                                                    \
  static inline __attribute__((always_inline, unused)) void name(u32 address, u32 offset, operand value) {       \
    CHECK_BOUNDS(address, offset, sizeof(in_memory));                                                             \
    in_memory wrapped = (in_memory)value;                                                                         \
    memcpy(linear_memory + address + (uintptr_t)offset, &wrapped, sizeof wrapped);                                \
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

/* The names below are wasm2c's. */

#define DIV_U(x, y) ((y) == 0 ? (engine_trapped(), 0) : (x) / (y))
#define REM_U(x, y) ((y) == 0 ? (engine_trapped(), 0) : (x) % (y))
#define DIV_S(type, min, x, y) ((y) == 0 || ((x) == (min) && (y) == -1) ? (engine_trapped(), 0) : (type)((x) / (y)))
#define REM_S(type, x, y) ((y) == 0 ? (engine_trapped(), 0) : (y) == -1 ? 0 : (type)((x) % (y)))
#define I32_DIV_S(x, y) DIV_S(u32, INT32_MIN, (s32)(x), (s32)(y))
#define I64_DIV_S(x, y) DIV_S(u64, INT64_MIN, (s64)(x), (s64)(y))
#define I32_REM_S(x, y) REM_S(u32, (s32)(x), (s32)(y))
#define I64_REM_S(x, y) REM_S(u64, (s64)(x), (s64)(y))

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
