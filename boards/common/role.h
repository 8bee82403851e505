/**
 * What `client.c` and `server.c` each are: a role, which `leasehold.c` opens, asks, and opens anew after a trap.
 */
#ifndef LEASEHOLD_ROLE_H
#define LEASEHOLD_ROLE_H

#include <stdbool.h>
#include <stdint.h>

/** "client" or "server". */
extern const char role_name[];

/** Makes an instance of the core with the role's limits, from what the store holds. */
void role_open(void);

/** The storage can't be read: what the role has kept is not to be had. Returns where the role goes on without it. */
void role_misses_storage(void);

/** Does what there is to do. @return milliseconds until there may be more */
uint32_t role_poll(void);

/** A command that was typed, other than '?'. */
void role_command(uint8_t typed);

/** Appends to a generation of the store that was begun all that the role must not forget. @return whether it was kept */
bool role_write_generation(void);

#endif
