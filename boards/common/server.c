/**
 * A server on a board. An answer that grants or extends a lease leaves when its record is kept, never before.
 *
 * The configuration image decides how many leases, pools and subnets there are. The limits below suit the smallest device; a firmware
 * states others by its defines.
 */
#include "commit.h"
#include "instance.h"
#include "log.h"
#include "role.h"
#include "store.h"

/** Blocks of 32 bytes for host names and long identifiers: so many, and so many more for each lease. */
#ifndef SERVER_ATTRIBUTE_BLOCKS
#define SERVER_ATTRIBUTE_BLOCKS 0
#endif
#ifndef SERVER_ATTRIBUTE_BLOCKS_PER_LEASE
#define SERVER_ATTRIBUTE_BLOCKS_PER_LEASE 0
#endif
/** Inputs in a batch. */
#ifndef SERVER_INPUT_SLOTS
#define SERVER_INPUT_SLOTS 1
#endif
/** Bytes of the largest frame or datagram taken, a multiple of 4: a 576-byte datagram (RFC 2131 §2) in a frame takes 592. */
#ifndef SERVER_INPUT_PAYLOAD
#define SERVER_INPUT_PAYLOAD 592
#endif
/** Answers that may leave at once, and answers that wait for their record: powers of two. */
#ifndef SERVER_READY_SLOTS
#define SERVER_READY_SLOTS 2
#endif
#ifndef SERVER_WAITING_SLOTS
#define SERVER_WAITING_SLOTS 2
#endif
/** Bytes of the largest answer, a multiple of 4, at least 548. */
#ifndef SERVER_TRANSMIT_PAYLOAD
#define SERVER_TRANSMIT_PAYLOAD 548
#endif
/** Bytes of records that may wait to be kept, a power of two; they go back into the core through its slots, so those must hold them. */
#ifndef SERVER_JOURNAL
#define SERVER_JOURNAL 512
#endif
/** Addresses that are probed at once before they are offered. */
#ifndef SERVER_PROBES
#define SERVER_PROBES 4
#endif

/** 1: a server whose storage can't be read tries it again until it can; 0: it ends, for somebody else to start it anew. */
#ifndef SERVER_AWAITS_STORAGE
#define SERVER_AWAITS_STORAGE 1
#endif

_Static_assert(SERVER_JOURNAL <= SERVER_INPUT_SLOTS * (64 + SERVER_INPUT_PAYLOAD),
               "SERVER_JOURNAL exceeds what the slots take at once: lower it, or raise SERVER_INPUT_SLOTS");

const char role_name[] = "server";

/** Whether it serves nobody, since its storage can't be read. */
static bool awaits_storage;

/** Whether what waits for the commit under way takes up half of the room there is: then the next batch must not come before its end. */
static bool is_behind(void) {
  const struct leasehold_ring *waiting = core_record(core_control->waiting, sizeof *waiting);
  return 2 * (waiting->head - waiting->tail) > waiting->count ||
         2 * (core_control->journal_head - core_control->journal_durable) > core_control->journal_size;
}

/** Keeps the records, and lets the answers leave that waited for them; a commit under way holds up nothing else. */
bool role_settle(bool is_late) {
  (void)is_late;
  const bool sent = core_send(core_control->ready);
  if (commit_is_under_way() && is_behind()) commit_wait();
  const bool kept = core_keep_records();
  // What is durable already leaves, whatever the storage does now.
  return core_send(core_control->waiting) && kept && sent;
}

/**
 * A server must not give away again what it has promised: it serves nobody until its storage can be read, such as a card that is put in
 * late. The log says so once.
 */
bool role_misses_storage(void) {
  if (!SERVER_AWAITS_STORAGE) port_fail("the storage can't be read: replace it");
  if (!awaits_storage) {
    log_begin("store");
    log_number("unreadable", 1);
    log_end();
  }
  awaits_storage = true;
  return false;
}

bool role_open(void) {
  uint32_t size;
  const struct leasehold_image_header *image = (const void *)port_configuration(&size);
  if (size < sizeof *image) port_fail("there is no configuration: compile one with `leasehold compile`");
  uint32_t limits[ENGINE_PARAMETER_COUNT] = {
      0,
      size,
      image->lease_count,
      SERVER_ATTRIBUTE_BLOCKS + SERVER_ATTRIBUTE_BLOCKS_PER_LEASE * image->lease_count,
      image->pool_count,
      port_interface_count(),
      SERVER_INPUT_SLOTS,
      SERVER_INPUT_PAYLOAD,
      SERVER_READY_SLOTS,
      SERVER_WAITING_SLOTS,
      SERVER_TRANSMIT_PAYLOAD,
      SERVER_JOURNAL,
      SERVER_PROBES,
  };
  if (!core_open(limits)) return false;
  awaits_storage = false;
  const struct leasehold_server_status *status = core_record(core_control->status, sizeof *status);
  log_begin("serving");
  log_number("leases", image->lease_count);
  log_number("bound", status->bound);
  log_number("unserved", status->unserved);
  log_end();
  return true;
}

/** A server has no commands. */
void role_command(uint8_t typed) { (void)typed; }

/** All leases as they are now, those of the records that wait among them. */
bool role_write_generation(void) {
  uint32_t next = 0;
  while (next != LEASEHOLD_EXPORT_END) {
    next = engine_export_records(next);
    const uint8_t *records = core_bytes(core_control->transfer, core_control->transfer_length);
    if (store_append(records, core_control->transfer_length, 0, 0) != STORE_KEPT) return false;
  }
  return true;
}
