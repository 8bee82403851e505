/**
 * The Internet checksum (RFC 1071), for IPv4, UDP and ICMP.
 *
 * The ones' complement sum of 16-bit words is the same in either byte order but for a swap of the result (§2 B). So
 * bytes are summed as the machine loads them, in words of four, into 64 bits that cannot overflow, and only the result is
 * swapped.
 *
 * A checksum is written as `~fold(sum)` with its own field zero; summed with its field as received, right data give
 * 0xffff.
 */
import { swapU16, FAST } from "./bytes";

/** What the sum over right data, checksum included, is. */
export const RIGHT_SUM: u32 = 0xffff;

/**
 * The sum, folded to 16 bits, of the `count` bytes at `at` as words in network order; an odd last byte is the upper
 * half of one.
 */
export function sumBytes(at: usize, count: u32): u32 {
  const end = at + count;
  let sum: u64 = 0;
  if (FAST) {
    for (; at + 16 <= end; at += 16) {
      sum += u64(load<u32>(at)) + u64(load<u32>(at, 4)) + u64(load<u32>(at, 8)) + u64(load<u32>(at, 12));
    }
  }
  for (; at + 4 <= end; at += 4) sum += load<u32>(at);
  if (at + 2 <= end) {
    sum += load<u16>(at);
    at += 2;
  }
  if (at < end) sum += load<u8>(at);
  // Twice: the first addition may carry once more.
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffffffff) + (sum >> 32);
  return swapU16(fold(u32(sum)));
}

/** Adds the carries of a sum back in until 16 bits remain. */
export function fold(sum: u32): u32 {
  sum = (sum & 0xffff) + (sum >>> 16);
  return (sum & 0xffff) + (sum >>> 16);
}
