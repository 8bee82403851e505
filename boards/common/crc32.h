/** CRC-32 as Ethernet, zlib and gzip compute it (polynomial 0x04C11DB7, reflected): finds damage, proves no origin. */
#ifndef LEASEHOLD_CRC32_H
#define LEASEHOLD_CRC32_H

#include <stdint.h>

/**
 * Goes on with a checksum.
 * @param checksum of the bytes before these; 0: there are none
 * @return the checksum of all of them
 */
uint32_t crc32(uint32_t checksum, const void *bytes, uint32_t length);

#endif
