/**
 * A load on a DHCP server, for servers that are faster than Node: what `leasehold load` does, with its checks and its report.
 *
 *     load --relay ADDRESS --server ADDRESS [options]     clients behind a relay agent with an address of this machine
 *     load --interface NAME [options]                     clients on the link
 *
 *     --clients N    how many clients (1000)              --window N     exchanges under way (64); with --rate at most (4096)
 *     --rate N       exchanges a second, open loop        --seconds N    how long (10)
 *     --renew P      percent of renewals (0)              --release P    percent of releases (0)
 *     --relays N     so many relays, 256 addresses apart, each with its share of the clients
 *     --held FIRST   client n holds address FIRST + n from the beginning (with --relays: FIRST + 256 (n mod relays) + n / relays),
 *                    for --held-seconds N more (3600), and a server that gives it another is wrong
 *     --fill         no client holds any from the beginning: each asks for its own, once, and the load ends when all have it
 *     --exchanges N  end after so many                    --retry S --attempts N   ask again after S seconds (1), N times in all (4)
 *     --shuffle      clients in a pseudo-random order     --broadcast    clients without an address ask for broadcasts
 *     --port N       the relays' UDP port (67); 68 for a server that knows no relays and is told to broadcast there
 *     --plain        one datagram a message, no UDP_SEGMENT      --spin  never sleep
 *
 * Closed loop: each exchange that ends makes room for the next, so the server sets the pace. Open loop: exchanges are due at instants that
 * nothing shifts; one that finds no place waits for one, and its latency counts from the instant at which it was due. Prints one line of
 * JSON. Exit code 1: an answer was wrong, or there was none. TERM and INT end it early.
 */
#include "clients.h"
#include "clock.h"
#include "exchanges.h"
#include "mix.h"
#include "tally.h"

#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

/** How often questions without an answer are looked for, but no less often than they are asked again; and the longest wait. */
static const double LOOK_SECONDS = 0.1, LONGEST_WAIT = 0.01;

static struct options own;
static const struct way *way;
static int descriptor;
static volatile sig_atomic_t stopped;

/** Idle places in the order in which they became idle; open loop only. */
static uint32_t *idle;
static uint32_t first_idle, idle_count;
/** Exchanges of an open loop that have begun. */
static uint64_t begun;
/** When the first exchange is due, and when no more are. */
static double start, end_of_asking;
/** Whether new exchanges begin, and how many more may; only `--exchanges` bounds them. */
static bool is_asking = true;
static uint64_t allowed = UINT64_MAX;

static void stop(int signal) {
  (void)signal;
  stopped = 1;
}

static void on_idle(uint32_t place, double now) {
  if (own.rate > 0) {
    idle[(first_idle + idle_count++) % own.window] = place;
    return;
  }
  // A release is over at once.
  for (bool is_busy = false; is_asking && allowed > 0 && !is_busy; allowed--) is_busy = exchanges_begin(place, now, now);
}

/** When the next exchange of an open loop is due. */
static double next_due(void) { return start + (double)begun / own.rate; }

static void begin_due(double now) {
  if (own.rate == 0 || !is_asking) return;
  for (uint32_t count = 0; count < BATCH && idle_count > 0; count++) {
    const double due = next_due();
    if (due > now || due >= end_of_asking) return;
    const uint32_t place = idle[first_idle];
    begun++;
    first_idle = (first_idle + 1) % own.window;
    idle_count--;
    if (!exchanges_begin(place, due, now)) on_idle(place, now);
  }
}

/** Waits until something arrives, or until an exchange is due. */
static void wait_for_work(void) {
  double seconds = LONGEST_WAIT;
  if (own.spin) return;
  if (own.rate > 0 && is_asking && idle_count > 0) seconds = fmin(seconds, next_due() - clock_seconds());
  if (seconds <= 0) return;
  struct pollfd polled = {.fd = descriptor, .events = POLLIN};
  const struct timespec time = {0, (long)(seconds * 1e9)};
  ppoll(&polled, 1, &time, NULL);
}

/** Whether all exchanges that were allowed have come to their end. */
static bool is_done(void) { return own.exchange_count > 0 && allowed == 0 && exchanges_active() == 0; }

/** Goes on until `end`, or with `end` 0 until nothing is under way. */
static void drive(double end) {
  const double look_seconds = fmin(LOOK_SECONDS, own.retry_seconds);
  double looked = clock_seconds();
  for (double now = looked; !stopped && !is_done() && (end > 0 ? now < end : exchanges_active() > 0);) {
    const uint32_t count = way->receive();
    struct received received;
    now = clock_seconds();
    for (uint32_t index = 0; index < count; index++)
      if (way->open_message(index, &received)) exchanges_take(&received, now);
    begin_due(now);
    if (now - looked >= look_seconds) exchanges_retry(looked = now);
    way->flush();
    if (count < BATCH) wait_for_work();
  }
}

/** Exchanges that were due and found no place: each counts with the time it has waited until `now`. */
static void count_unbegun(double now) {
  for (; next_due() < end_of_asking; begun++) {
    tally.unbegun++;
    tally_latency(now - next_due(), 1);
  }
}

static void hold_from_the_beginning(void) {
  const double now = clock_seconds();
  if (own.held == 0 || own.fill) return;
  for (uint32_t client = 0; client < own.client_count; client++)
    clients_grant(client, options_held(&own, client), now, own.held_seconds);
}

int main(int count, char **words) {
  own = options_read(count, words);
  way = own.relay != 0 ? &relay_way : &link_way;
  if (own.exchange_count > 0) allowed = own.exchange_count;
  signal(SIGINT, stop);
  signal(SIGTERM, stop);
  // A wait is as long as it was meant to be, and not 50 µs longer.
  prctl(PR_SET_TIMERSLACK, 1);
  clients_open(own.client_count);
  hold_from_the_beginning();
  questions_open(own.broadcast, own.fill);
  mix_open(&own);
  exchanges_open(&own, way, on_idle);
  idle = calloc(own.window, sizeof *idle);
  if (idle == NULL) way_fail("memory for the window");
  descriptor = way->open(&own);
  start = clock_seconds();
  end_of_asking = start + own.seconds;
  for (uint32_t place = 0; place < own.window; place++) on_idle(place, start);
  way->flush();
  drive(end_of_asking);
  is_asking = false;
  // What is under way in a closed loop is as much at its end as ever; in an open loop it was due, and has to be seen.
  if (own.rate > 0) {
    if (!stopped) count_unbegun(clock_seconds());
    drive(0);
    exchanges_give_up_all(clock_seconds());
  }
  tally_report(clock_seconds() - start);
  return tally_wrong() > 0 || tally_exchanges() == 0;
}
