/**
 * The record store's medium on Linux: one file of two halves, for the port's `port_read`, `port_program` and `port_erase`.
 *
 * The file is written in full when it is made, so that programming changes no metadata and a sync costs one write. It grows when a
 * later start wants larger halves, and never shrinks. One process holds it (flock).
 */
#ifndef LEASEHOLD_LINUX_STORAGE_H
#define LEASEHOLD_LINUX_STORAGE_H

#include <stdint.h>
#include <sys/types.h>

/**
 * Opens the file, and makes it where it is missing (mode 0600). Ends the program when it can't be used, or another one holds it.
 * @param path kept as it is, not copied
 * @param least_size bytes of each half at least
 */
void storage_open(const char *path, uint32_t least_size);

/** Makes the file a user's own, for the start at which there is no root. */
void storage_give_to(uid_t user, gid_t group);

#endif
