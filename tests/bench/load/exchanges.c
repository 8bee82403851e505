/**
 * A question's xid holds its place and how many exchanges that place had before, so an answer that comes after its exchange is told
 * from one to a question that was never asked.
 */
#include "exchanges.h"

#include "clients.h"
#include "mix.h"
#include "tally.h"

#include <stdlib.h>

struct place {
  /** When the exchange was due, when its present question was first asked, and when last. */
  double due, asked, sent;
  uint32_t client, address, xid;
  uint32_t attempts;
  uint8_t step;
};

static const struct options *own;
static const struct way *way;
static void (*when_idle)(uint32_t place, double now);
static struct place *places;
static uint32_t server, active;

void exchanges_open(const struct options *options, const struct way *by, void (*on_idle)(uint32_t place, double now)) {
  own = options;
  way = by;
  when_idle = on_idle;
  server = options->server;
  places = calloc(options->window, sizeof *places);
  if (places == NULL) way_fail("memory for the window");
  for (uint32_t index = 0; index < options->window; index++) places[index] = (struct place){.xid = index, .step = SAY_NOTHING};
}

uint32_t exchanges_active(void) { return active; }

static void say(struct place *place, double now) {
  const struct fields fields = {.xid = place->xid,
                                .client = place->client,
                                .server = server,
                                .address = place->address,
                                .giaddr = own->relay == 0 ? 0 : own->relay + place->client % own->relay_count * 256};
  place->attempts++;
  place->sent = now;
  way->say(place->step, &fields);
}

static void ask(struct place *place, enum say step, double now) {
  place->step = step;
  place->attempts = 0;
  place->asked = now;
  say(place, now);
}

bool exchanges_begin(uint32_t index, double due, double now) {
  struct place *place = &places[index];
  const enum say step = mix_choose(index, now, &place->client);
  place->address = own->fill ? options_held(own, place->client) : clients_address_of(place->client, now);
  place->xid += MOST_PLACES;
  place->due = due;
  ask(place, step, now);
  if (step == SAY_RELEASE) {
    clients_drop(place->client);
    tally.released++;
    place->step = SAY_NOTHING;
    return false;
  }
  active++;
  return true;
}

static void end(struct place *place, double now) {
  place->step = SAY_NOTHING;
  active--;
  when_idle((uint32_t)(place - places), now);
}

/** An answer to no question under way: each question that was asked again may have drawn one more. */
static void take_unasked(void) {
  if (tally.late < tally.retries) tally.late++;
  else tally.faults[FAULT_UNASKED]++;
}

/** What is wrong with who an answer is for and from. */
static enum fault fault_of_ends(const struct place *place, const struct answer *answer, uint32_t source) {
  if (server == 0 && place->step == SAY_DISCOVER) server = answer->server_identifier;
  if (answer->client != place->client) return FAULT_HARDWARE_ADDRESS;
  if (answer->server_identifier != server || server == 0) return FAULT_SERVER_IDENTIFIER;
  return source == server ? FAULT_NONE : FAULT_SOURCE_ADDRESS;
}

/** What is wrong with what an answer gives. */
static enum fault fault_of_lease(const struct place *place, const struct answer *answer, double now) {
  // A client that held an address from the beginning has to be offered that one.
  const bool asks_for_it = place->step != SAY_DISCOVER || (own->held != 0 && place->address != 0);
  if (answer->yiaddr == 0 || (asks_for_it && answer->yiaddr != place->address)) return FAULT_OTHER_ADDRESS;
  if (answer->lease_seconds == 0) return FAULT_LEASE_TIME;
  const int64_t holder = clients_holder_of(answer->yiaddr, now);
  return holder >= 0 && holder != place->client ? FAULT_HELD_BY_ANOTHER : FAULT_NONE;
}

static void acknowledge(struct place *place, const struct answer *answer, double now) {
  clients_grant(place->client, answer->yiaddr, place->asked, answer->lease_seconds);
  if (place->step == SAY_RENEW) tally.renewed++;
  else tally.acquired++;
  tally_latency(now - place->due, 1);
  end(place, now);
}

/** Holds an answer for this place's client, from the right server, against the question. */
static void judge(struct place *place, const struct answer *answer, double now) {
  const bool is_offered = place->step == SAY_DISCOVER;
  enum fault fault = FAULT_NONE;
  if (answer->message_type == DHCPNAK && !is_offered) {
    clients_drop(place->client);
    fault = FAULT_REFUSED;
  } else if (answer->message_type != (is_offered ? DHCPOFFER : DHCPACK)) {
    // The offer to a DHCPDISCOVER that was repeated, when the first offer has been taken up already.
    if (answer->message_type == DHCPOFFER) take_unasked();
    else tally.faults[FAULT_MESSAGE_TYPE]++;
    return;
  } else fault = fault_of_lease(place, answer, now);
  if (fault != FAULT_NONE) {
    tally.faults[fault]++;
    end(place, now);
  } else if (is_offered) {
    place->address = answer->yiaddr;
    ask(place, SAY_SELECT, now);
  } else acknowledge(place, answer, now);
}

void exchanges_take(const struct received *received, double now) {
  struct answer answer;
  tally.received++;
  if (!answer_read(&answer, received->message, received->length)) {
    tally.faults[FAULT_MALFORMED]++;
    return;
  }
  const uint32_t index = answer.xid & (MOST_PLACES - 1);
  if (index >= own->window || places[index].step == SAY_NOTHING || places[index].xid != answer.xid) {
    take_unasked();
    return;
  }
  const enum fault fault = fault_of_ends(&places[index], &answer, received->source);
  if (fault == FAULT_NONE) judge(&places[index], &answer, now);
  else tally.faults[fault]++;
}

/** Ends an exchange that got no answer: it counts with the time that was waited. */
static void give_up(struct place *place, double now) {
  // Perhaps the server has renewed or moved the lease, and only its answer was lost: nothing is known of it any more.
  clients_drop(place->client);
  tally.unanswered++;
  tally_latency(now - place->due, 1);
  end(place, now);
}

void exchanges_retry(double now) {
  for (uint32_t index = 0; index < own->window; index++) {
    struct place *place = &places[index];
    if (place->step == SAY_NOTHING || now - place->sent < own->retry_seconds) continue;
    if (place->attempts < own->attempts) {
      tally.retries++;
      say(place, now);
    } else give_up(place, now);
  }
}

void exchanges_give_up_all(double now) {
  for (uint32_t index = 0; index < own->window; index++)
    if (places[index].step != SAY_NOTHING) give_up(&places[index], now);
}
