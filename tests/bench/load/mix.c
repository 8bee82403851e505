/**
 * Each place of the window has clients of its own, every `window`-th, so a client never has two exchanges under way.
 */
#include "mix.h"

#include "clients.h"
#include "way.h"

#include <stdlib.h>

/** How many clients are looked at for one that has an address, before one without acquires one instead. */
enum { MOST_LOOKED_AT = 64 };

static const struct options *own;
static uint32_t *next;
/** With `fill`, the client that comes next, whichever place it gets. */
static uint32_t filled;
static uint32_t state = 0x9e3779b9;

void mix_open(const struct options *options) {
  own = options;
  next = calloc(options->window, sizeof *next);
  if (next == NULL) way_fail("memory for the window");
}

/** Marsaglia's xorshift: 32 bits, below `bound`. */
static uint32_t random_below(uint32_t bound) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return (uint32_t)((uint64_t)state * bound >> 32);
}

static uint32_t advance(uint32_t place) {
  const uint32_t count = (own->client_count - place + own->window - 1) / own->window;
  const uint32_t turn = own->shuffle ? random_below(count) : next[place];
  next[place] = turn + 1 < count ? turn + 1 : 0;
  return place + turn * own->window;
}

enum say mix_choose(uint32_t place, double now, uint32_t *client) {
  if (own->fill) {
    *client = filled++ % own->client_count;
    return SAY_DISCOVER;
  }
  const double percent = random_below(1000000) / 1e4;
  *client = advance(place);
  if (percent >= own->renew + own->release) return SAY_DISCOVER;
  for (uint32_t looked = 1; clients_address_of(*client, now) == 0; looked++) {
    if (looked == MOST_LOOKED_AT) return SAY_DISCOVER;
    *client = advance(place);
  }
  return percent < own->renew ? SAY_RENEW : SAY_RELEASE;
}
