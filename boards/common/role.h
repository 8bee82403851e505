/**
 * What `client.c` and `server.c` each are: a role, which `leasehold.c` opens, asks, and opens anew after a trap.
 */
#ifndef LEASEHOLD_ROLE_H
#define LEASEHOLD_ROLE_H

#include <stdbool.h>
#include <stdint.h>

/** "client" or "server". */
extern const char role_name[];

/**
 * Makes an instance of the core with the role's limits, from what the store holds.
 * @return false: the role waits for its storage, and is to be opened again later
 */
bool role_open(void);

/** The storage can't be read: what the role has kept is not to be had now. @return whether the role goes on without it */
bool role_misses_storage(void);

/**
 * Brings everybody up to date with what the core has decided: messages leave, records are kept, a change of the lease is applied.
 * @param is_late whether what could not be sent or kept has held up the rest for so long that it must not any more
 * @return false: something could not be sent or kept yet
 */
bool role_settle(bool is_late);

/** A command that was typed, other than '?'. */
void role_command(uint8_t typed);

/** Appends to a generation of the store that was begun all that the role must not forget. @return whether it was kept */
bool role_write_generation(void);

#endif
