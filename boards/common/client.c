/**
 * A client on a board. Messages leave before a change is applied: a DHCPRELEASE leaves from the address that it gives up.
 *
 * The limits below suit the smallest device; a firmware states others by its defines.
 */
#include "instance.h"
#include "leasehold.h"
#include "log.h"
#include "role.h"
#include "store.h"

/** Inputs in a batch. */
#ifndef CLIENT_INPUT_SLOTS
#define CLIENT_INPUT_SLOTS 1
#endif
/** Bytes of the largest frame or datagram taken, a multiple of 4: a 576-byte datagram (RFC 2131 §2) in a frame takes 592. */
#ifndef CLIENT_INPUT_PAYLOAD
#define CLIENT_INPUT_PAYLOAD 592
#endif
/** Messages that wait to be sent, a power of two. */
#ifndef CLIENT_TRANSMIT_SLOTS
#define CLIENT_TRANSMIT_SLOTS 1
#endif
/** Bytes of the largest message sent, a multiple of 4, at least 300. */
#ifndef CLIENT_TRANSMIT_PAYLOAD
#define CLIENT_TRANSMIT_PAYLOAD 300
#endif
/** Bytes of the journal where the board keeps records, a power of two. */
#ifndef CLIENT_JOURNAL
#define CLIENT_JOURNAL 64
#endif
/** Bytes in which the DHCPACK is kept for `port_apply`; 0: none is. */
#ifndef CLIENT_ACKNOWLEDGEMENT
#define CLIENT_ACKNOWLEDGEMENT 0
#endif

const char role_name[] = "client";

/** What the port was told last. */
static uint32_t applied_generation;
static uint32_t applied_address;
static uint8_t told_state;

static const struct leasehold_client_status *client_status(void) {
  return core_record(core_control->status, sizeof(struct leasehold_client_status));
}

uint8_t leasehold_state(void) { return told_state; }

static void command(enum leasehold_client_command value) {
  core_slot(0, LEASEHOLD_INPUT_KIND_COMMAND)->value = value;
  core_handle(1);
}

/** A change of the lease, to the port and to the log. */
static void apply(const struct leasehold_client_status *status) {
  const bool kept = status->acknowledgement_length != 0;
  port_apply(status, kept ? core_bytes(status->acknowledgement, status->acknowledgement_length) : 0);
  log_begin("lease");
  log_number("change", status->change);
  log_address("address", status->address);
  log_address("server", status->server_identifier);
  log_number("seconds", status->lease_seconds);
  log_end();
  applied_generation = status->generation;
  applied_address = status->address;
}

bool role_settle(bool is_late) {
  const struct leasehold_client_status *status = client_status();
  const bool sent = core_send(core_control->ready);
  if (!sent && !is_late) return false;
  // A client promises nothing: what is not kept holds up nothing.
  core_keep_records();
  if (status->state != told_state) {
    told_state = status->state;
    log_begin("state");
    log_number("is", told_state);
    log_end();
  }
  // After a trap the new instance has no lease yet, whatever the old one had.
  if (status->generation != applied_generation || status->address != applied_address) apply(status);
  return sent;
}

/** A client promises nothing: it asks for an address as at its first start. */
bool role_misses_storage(void) {
  log_begin("store");
  log_number("unreadable", 1);
  log_end();
  return true;
}

bool role_open(void) {
  uint32_t size;
  port_configuration(&size);
  uint32_t limits[ENGINE_PARAMETER_COUNT] = {
      0,
      size,
      CLIENT_INPUT_SLOTS,
      CLIENT_INPUT_PAYLOAD,
      CLIENT_TRANSMIT_SLOTS,
      CLIENT_TRANSMIT_PAYLOAD,
      port_storage()->record_size != 0 ? CLIENT_JOURNAL : 0,
      CLIENT_ACKNOWLEDGEMENT,
  };
  if (!core_open(limits)) return false;
  applied_generation = client_status()->generation;
#ifndef CLIENT_STARTS_ON_COMMAND
  command(LEASEHOLD_CLIENT_COMMAND_START);
#endif
  return true;
}

void role_command(uint8_t typed) {
  switch (typed) {
  case 's': command(LEASEHOLD_CLIENT_COMMAND_START); break;
  case 'r': command(LEASEHOLD_CLIENT_COMMAND_RELEASE); break;
  case 'n': command(LEASEHOLD_CLIENT_COMMAND_RENEW); break;
  case 'p': command(LEASEHOLD_CLIENT_COMMAND_STOP); break;
  default: break;
  }
}

/** The newest records alone: a client has one lease. */
bool role_write_generation(void) {
  const struct core_records records = core_pending_records();
  return store_append(records.first, records.first_length, records.second, records.second_length) == STORE_KEPT;
}
