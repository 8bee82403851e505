/**
 * A table of clients, and one from addresses to clients: open addressing, never more than half full. An entry that is out of date says
 * so by itself, since its client does not hold that address any more; they go when the table is made anew.
 */
#include "clients.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { INFINITE_SECONDS = -1, LEAST_ENTRIES = 1024, ENTRIES_A_CLIENT = 4 };

/** A lease is held to end this much earlier than its client would say: some servers count whole seconds. */
static const double ROUNDING_SECONDS = 1;

struct client {
  double end;
  uint32_t address;
};

/** `address` 0: empty. */
struct entry {
  uint32_t address;
  uint32_t client;
};

static struct client *clients;
static struct entry *entries;
static uint32_t client_count, entry_count, used;

static void *make(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (memory != NULL) return memory;
  perror("memory for the clients");
  exit(1);
}

void clients_open(uint32_t count) {
  client_count = count;
  clients = make(count, sizeof *clients);
  for (entry_count = LEAST_ENTRIES; entry_count < count * ENTRIES_A_CLIENT;) entry_count *= 2;
  entries = make(entry_count, sizeof *entries);
}

/** The entry of an address, or the empty one where it would be. */
static struct entry *entry_of(uint32_t address) {
  uint32_t at = (address * 2654435761U) & (entry_count - 1);
  while (entries[at].address != 0 && entries[at].address != address) at = (at + 1) & (entry_count - 1);
  return &entries[at];
}

static void note_holder(uint32_t address, uint32_t client) {
  struct entry *entry = entry_of(address);
  if (entry->address == 0) used++;
  *entry = (struct entry){address, client};
}

static void forget_the_past(void) {
  free(entries);
  entries = make(entry_count, sizeof *entries);
  used = 0;
  for (uint32_t client = 0; client < client_count; client++)
    if (clients[client].address != 0) note_holder(clients[client].address, client);
}

uint32_t clients_address_of(uint32_t client, double now) { return clients[client].end > now ? clients[client].address : 0; }

int64_t clients_holder_of(uint32_t address, double now) {
  const struct entry *entry = entry_of(address);
  return entry->address == address && clients_address_of(entry->client, now) == address ? (int64_t)entry->client : -1;
}

void clients_grant(uint32_t client, uint32_t address, double asked, uint32_t lease_seconds) {
  if (used * 2 >= entry_count) forget_the_past();
  const double seconds = lease_seconds == (uint32_t)INFINITE_SECONDS ? INFINITY : lease_seconds;
  clients[client] = (struct client){asked + seconds - ROUNDING_SECONDS, address};
  note_holder(address, client);
}

void clients_drop(uint32_t client) { clients[client] = (struct client){0, 0}; }
