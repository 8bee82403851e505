/**
 * A role as a board runs it: `client.c` or `server.c`, with `leasehold.c` around it. A board without an operating system
 * links `main.c`, which is nothing but a loop around these two; a program that has a loop of its own calls them from there.
 */
#ifndef LEASEHOLD_LEASEHOLD_H
#define LEASEHOLD_LEASEHOLD_H

#include <stdint.h>

/** Opens the board (`port_open`), the store and the role. Called once. */
void leasehold_start(void);

/**
 * Does everything there is to do now. A trap of the module is counted, and the role is opened anew from the store.
 * @return milliseconds until it wants to be called again at the latest, at most 30,000; earlier when something has arrived
 */
uint32_t leasehold_poll(void);

/** How often the module has trapped since the reset. */
uint32_t leasehold_traps(void);

/** The client's state as `leasehold_poll` left it: a value of `leasehold_client_state`. Only a client's program has it. */
uint8_t leasehold_state(void);

#endif
