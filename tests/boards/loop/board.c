/**
 * A board whose hardware fails, natively: `board MILLISECONDS [mute] [broken] [missing]` lives so long, asks for a report and ends. Its clock is
 * not the machine's: a sleep lasts a millisecond, as on a board that each tick wakes. A frame of no use arrives every 10 ms.
 *
 * `mute`: the network chip never has room for a message. `broken`: nothing can be written, and a line says so at each attempt to erase.
 * `missing`: nothing can be read for the first five seconds, and a line says so at each attempt.
 */
#include "interface.h"
#include "leasehold.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Wall clock of the first instant, and when it is set, to an hour later: a server has that to keep. */
#define BEGINNING 1700000000u
#define SET_AT 5000u

/** When storage that was missing is there. */
#define INSERTED_AT 5000u

#define RECORD_SIZE 4096u
#define FRAME_SIZE 60u
#define FRAME_MILLISECONDS 10u

static uint64_t now;
static uint64_t next_frame;
static uint8_t typed;
static bool is_mute, is_broken, is_missing;
static uint8_t halves[2][RECORD_SIZE];

void port_open(void) { memset(halves, 0xff, sizeof halves); }

_Noreturn void port_fail(const char *reason) {
  puts(reason);
  exit(1);
}

uint64_t port_milliseconds(void) { return now; }

uint32_t port_wall_clock(void) { return BEGINNING + (uint32_t)(now / 1000) + (now < SET_AT ? 0 : 3600); }

void port_entropy(uint32_t seed[2]) { seed[0] = seed[1] = 1; }

bool port_interface(uint32_t index, struct leasehold_interface_change *interface) {
  (void)index;
  return interface_tell(interface, true, 0x02000002u, 0x0100);
}

bool port_receive(struct leasehold_input_slot *slot, uint8_t *payload, uint32_t payload_size) {
  if (now < next_frame || payload_size < FRAME_SIZE) return false;
  next_frame += FRAME_MILLISECONDS;
  memset(payload, 0xff, FRAME_SIZE);
  slot->kind = LEASEHOLD_INPUT_KIND_FRAME;
  slot->length = FRAME_SIZE;
  return true;
}

bool port_send(const struct leasehold_transmit_descriptor *message, const uint8_t *payload) {
  (void)message, (void)payload;
  return !is_mute;
}

void port_wait(uint32_t milliseconds) { now += milliseconds != 0; }

void port_apply(const struct leasehold_client_status *status, const uint8_t *acknowledgement) {
  (void)status, (void)acknowledgement;
}

const struct port_storage *port_storage(void) {
  static const struct port_storage storage = {.record_size = RECORD_SIZE, .program_size = 4};
  return &storage;
}

bool port_read(enum port_area area, uint32_t offset, void *bytes, uint32_t length) {
  if (is_missing && now < INSERTED_AT) {
    port_log("unreadable");
    return false;
  }
  memcpy(bytes, halves[area] + offset, length);
  return true;
}

bool port_program(enum port_area area, uint32_t offset, const void *bytes, uint32_t length) {
  if (is_broken) return false;
  memcpy(halves[area] + offset, bytes, length);
  return true;
}

bool port_erase(enum port_area area) {
  if (is_broken) port_log("erase");
  memset(halves[area], 0xff, RECORD_SIZE);
  return true;
}

void port_log(const char *line) { printf("%u %s\n", (uint32_t)now, line); }

uint8_t port_console(void) {
  const uint8_t byte = typed;
  typed = 0;
  return byte;
}

void port_report(void) {}

int main(int count, char **arguments) {
  if (count < 2) return 2;
  const uint64_t end = strtoul(arguments[1], NULL, 10);
  for (int i = 2; i < count; i++) {
    if (strcmp(arguments[i], "mute") == 0) is_mute = true;
    else if (strcmp(arguments[i], "broken") == 0) is_broken = true;
    else if (strcmp(arguments[i], "missing") == 0) is_missing = true;
    else return 2;
  }
  leasehold_start();
  while (now < end) port_wait(leasehold_poll());
  typed = '?';
  leasehold_poll();
  return 0;
}
