/**
 * Who holds which address, as the clients know it: what no server may give to another while the lease runs. Instants are seconds of
 * the load's clock, addresses numbers.
 */
#pragma once

#include <stdint.h>

/** Makes the clients, none of which holds an address. */
void clients_open(uint32_t count);

/** The address of a client whose lease runs at `now`, or 0. */
uint32_t clients_address_of(uint32_t client, double now);

/** The client that holds an address at `now`, or −1. */
int64_t clients_holder_of(uint32_t address, double now);

/** A client was granted an address, which nobody else holds. @param asked when it first asked for it: a lease begins no earlier */
void clients_grant(uint32_t client, uint32_t address, double asked, uint32_t lease_seconds);

/** A client has no address any more. */
void clients_drop(uint32_t client);
