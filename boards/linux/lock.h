/**
 * One client serves an interface: a file that is locked (flock) for as long as the process lives, whatever becomes of it. It is the
 * file that `leasehold lease` locks too, and holds the pid of its holder.
 */
#ifndef LEASEHOLD_LINUX_LOCK_H
#define LEASEHOLD_LINUX_LOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * Takes the lock; ends the program when the file can't be used.
 * @param holder receives the pid of who holds it, or 0 where the file does not say
 * @return whether it is ours now
 */
bool take_lock(const char *path, pid_t *holder);

/** Waits until the lock is free, for so many seconds at most. @return whether it is */
bool wait_for_lock(const char *path, uint32_t seconds);

#endif
