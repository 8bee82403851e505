/** CRC-32, half a byte at a time: a table of 64 bytes instead of one of 1,024. */
#include "crc32.h"

uint32_t crc32(uint32_t checksum, const void *bytes, uint32_t length) {
  static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                     0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                     0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  const uint8_t *next = bytes;
  checksum = ~checksum;
  for (uint32_t i = 0; i < length; i++) {
    checksum ^= next[i];
    checksum = checksum >> 4 ^ table[checksum & 15];
    checksum = checksum >> 4 ^ table[checksum & 15];
  }
  return ~checksum;
}
