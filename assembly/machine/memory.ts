/**
 * Lays out linear memory, once, before anything is stored.
 *
 * A role's `initialise` reserves every table it will ever use, in one order, from the limits it was given. Reserving only
 * moves a mark; nothing is written until the whole layout is known to fit. The mark is 64 bits wide, so limits whose
 * product exceeds the address space are refused like any others. The first byte after the module's own static data is where the
 * layout begins: `__heap_base` differs between builds of the same sources and is never written down.
 */

let start: usize = 0;
let mark: u64 = 0;

/** Starts the layout at address `from`: a module's own is the first byte that its static data leave free. */
export function beginLayout(from: usize = __heap_base): void {
  start = from;
  mark = u64(from);
}

/**
 * Reserves `count` elements of `size` bytes, aligned to 8 bytes, and returns the address of the first. The address is
 * meaningful only if the whole layout fits (`layoutSize`).
 */
export function reserve(count: u32, size: u32): usize {
  const at = (mark + 7) & ~7;
  mark = at + u64(count) * u64(size);
  return usize(at);
}

/** Bytes from address 0 that the layout needs so far, saturating at 2³² − 1. */
export function layoutSize(): u32 {
  return mark > u64(u32.MAX_VALUE) ? u32.MAX_VALUE : u32(mark);
}

/** Zeroes the reserved bytes: a host may hand over memory that is not fresh. */
export function clearLayout(): void {
  const end = usize(mark);
  let at = (start + 7) & ~7;
  for (; at + 8 <= end; at += 8) store<u64>(at, 0);
  for (; at < end; at++) store<u8>(at, 0);
}
