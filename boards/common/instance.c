/**
 * One instance of the core, from its memory to its journal. A record is durable before the core hears that it is: the store has
 * appended it, then a DURABLE input follows, and only that lets an answer leave that waited for it.
 */
#include "instance.h"

#include "commit.h"
#include "log.h"
#include "role.h"
#include "store.h"

#include <string.h>

/** Where the parameters of both roles stand that are not the role's choice. */
#define MEMORY_PARAMETER 0
#define SEED_PARAMETER (ENGINE_PARAMETER_COUNT - 2)

uint8_t *core_memory;
#ifdef MODULE_IS_DATA
uint32_t core_memory_size;
#endif
struct leasehold_control *core_control;
uint32_t core_received;
uint32_t core_sent;

/** Whether the board keeps records; without a store they count as durable at once. Asked anew, so that a linker can leave the store out. */
static bool keeps_records(void) { return port_storage()->record_size != 0; }

#ifndef CORE_INTERFACE_COUNT
/** Interfaces that the port has at most. */
#define CORE_INTERFACE_COUNT 1
#endif

/** What the port has told of each interface, for the instance that comes after a trap; no hardware type: nothing yet. */
static struct leasehold_interface_change interfaces[CORE_INTERFACE_COUNT];

/** Whether the last append failed: the log says so once. */
static bool store_failed;

/** When it is tried again, and how many milliseconds that is after it failed: each try may wear the medium, or wait for it. */
static uint64_t store_again_at;
#define STORE_AGAIN_MILLISECONDS 1000u

/** By how much the wall clock may differ from where it should be before it counts as stepped. */
#define STEP_MILLISECONDS 2000u

/** What the wall clock showed when the core was told of it last, and when that was; 0: not yet. */
static uint32_t wall_clock;
static uint64_t wall_clock_at;

/** What the module refuses is the end, unless there is another module: then it counts as a trap, after which that one is taken. */
static _Noreturn void refused(const char *reason) {
  if (engine_has_another()) engine_trapped();
  port_fail(reason);
}

/** Lays out the memory, as much as the limits need. */
static void lay_out(uint32_t limits[ENGINE_PARAMETER_COUNT]) {
  port_entropy(&limits[SEED_PARAMETER]);
  // With no bytes given, the core says how many it needs.
  limits[MEMORY_PARAMETER] = 0;
  engine_initialise(limits);
  limits[MEMORY_PARAMETER] = engine_memory_needed();
  core_memory = engine_memory(limits[MEMORY_PARAMETER]);
  const uint32_t address = core_memory != 0 ? engine_initialise(limits) : 0;
  if (address == 0) {
    log_begin("memory");
    log_number("needed", limits[MEMORY_PARAMETER]);
    log_end();
    refused("the limits do not fit the memory: lower them, or raise the firmware's memory");
  }
#ifdef MODULE_IS_DATA
  core_memory_size = limits[MEMORY_PARAMETER];
#endif
  core_control = core_record(address, sizeof *core_control);
#ifdef MODULE_IS_DATA
  if (core_control->magic != LEASEHOLD_CONTROL_MAGIC) refused("the module is none of the protocol core: replace it");
#endif
}

static void configure(void) {
  uint32_t size;
  const uint8_t *configuration = port_configuration(&size);
  memcpy(core_bytes(core_control->image, size), configuration, size);
  const uint32_t fault = engine_configure(size);
  if (fault == 0) return;
  log_begin("configuration");
  log_number("fault", fault);
  log_number("at", core_control->refused_at);
  log_end();
  refused("the core refuses the configuration: compile it with this release");
}

/** Hands records to the core; with no bytes, ends restoring. */
static void restore(uint32_t length) {
  uint32_t status;
  do status = engine_restore(length, port_wall_clock(), port_milliseconds());
  while (status == LEASEHOLD_RESTORE_STATUS_MORE);
  if (status == 0) return;
  log_begin("records");
  log_number("refused", status);
  log_number("at", core_control->refused_at);
  log_end();
  refused("the store holds records of another release: erase it, or run that release");
}

/** Gives the core what the store holds. @return false: it can't be had now, and the role does not go on without it */
static bool fetch_records(void) {
  if (!store_open()) return role_misses_storage();
  for (;;) {
    const uint32_t length = store_fetch(core_bytes(core_control->transfer, core_control->transfer_size), core_control->transfer_size);
    if (length == 0) break;
    if (length == STORE_UNREADABLE) return role_misses_storage();
    restore(length);
  }
  if (store_damaged() == 0) return true;
  log_begin("store");
  log_number("damaged", store_damaged());
  log_end();
  return true;
}

static void tell_interface(uint32_t index) {
  struct leasehold_input_slot *slot = core_slot(0, LEASEHOLD_INPUT_KIND_INTERFACE);
  memcpy(core_payload(slot), &interfaces[index], sizeof interfaces[index]);
  slot->length = sizeof interfaces[index];
  slot->interface_index = index;
  core_handle(1);
}

/** Tells the core when somebody has set the wall clock. */
static void tell_wall_clock(void) {
  const uint32_t shown = port_wall_clock();
  if (shown == 0) return;
  const uint64_t now = port_milliseconds();
  // Compared in milliseconds: a division of 64 bits would be 1 KiB of a board's flash. One set back wraps to far more than the limit.
  const uint64_t difference = (uint64_t)(shown - wall_clock) * 1000 - (now - wall_clock_at);
  if (difference + STEP_MILLISECONDS <= 2 * STEP_MILLISECONDS) return;
  struct leasehold_input_slot *slot = core_slot(0, LEASEHOLD_INPUT_KIND_WALL_CLOCK);
  slot->value = shown;
  core_handle(1);
  // Without room for the record of a step nothing has happened: it is told again.
  if (slot->verdict == LEASEHOLD_VERDICT_STORE_BEHIND) return;
  wall_clock = shown;
  wall_clock_at = now;
}

void core_tell(void) {
  for (uint32_t index = 0; index < port_interface_count(); index++) {
    if (port_interface(index, &interfaces[index])) tell_interface(index);
  }
  tell_wall_clock();
}

bool core_open(uint32_t limits[ENGINE_PARAMETER_COUNT]) {
  commit_forget();
  if (!engine_open()) port_fail("there is no module that can be run");
  lay_out(limits);
  configure();
  if (keeps_records() && !fetch_records()) return false;
  restore(0);
  for (uint32_t index = 0; index < CORE_INTERFACE_COUNT; index++) {
    if (interfaces[index].htype != 0) tell_interface(index);
  }
  core_tell();
  return true;
}

struct leasehold_input_slot *core_slot(uint32_t index, enum leasehold_input_kind kind) {
  const uint32_t address = core_control->inputs + index * core_control->input_stride;
  struct leasehold_input_slot *slot = core_record(address, sizeof *slot);
  core_bytes(address + sizeof *slot, core_control->input_payload_size);
  memset(slot, 0, sizeof *slot);
  slot->kind = (uint8_t)kind;
  return slot;
}

uint8_t *core_payload(struct leasehold_input_slot *slot) { return (uint8_t *)(slot + 1); }

void core_handle(uint32_t count) { engine_handle_inputs(count, port_milliseconds()); }

uint32_t core_receive(void) {
  uint32_t count = 0;
  while (count < core_control->input_slot_count) {
    struct leasehold_input_slot *slot = core_slot(count, LEASEHOLD_INPUT_KIND_NONE);
    if (!port_receive(slot, core_payload(slot), core_control->input_payload_size)) break;
    count++;
  }
  if (count != 0) core_handle(count);
  core_received += count;
  return count;
}

bool core_handle_timeout(void) {
  const uint64_t now = port_milliseconds();
  if (core_control->deadline > now) return false;
  engine_handle_timeout(now);
  return true;
}

bool core_send(uint32_t address) {
  struct leasehold_ring *ring = core_record(address, sizeof *ring);
  for (; ring->tail != ring->released; ring->tail++) {
    const uint32_t offset = (ring->tail & (ring->count - 1)) * sizeof(struct leasehold_transmit_descriptor);
    const struct leasehold_transmit_descriptor *message = core_record(ring->descriptors + offset, sizeof *message);
    if (message->length == 0) continue;
    if (!port_send(message, core_bytes(message->payload, message->length))) return false;
    core_sent++;
  }
  return true;
}

struct core_records core_pending_records(void) {
  const uint32_t length = core_control->journal_head - core_control->journal_durable;
  const uint32_t from = core_control->journal_durable & (core_control->journal_size - 1);
  const uint32_t unbroken = core_control->journal_size - from;
  const uint32_t first_length = length < unbroken ? length : unbroken;
  const uint32_t second_length = length - first_length;
  return (struct core_records){
      core_bytes(core_control->journal + from, first_length),
      first_length,
      core_bytes(core_control->journal, second_length),
      second_length,
  };
}

/** Begins a new generation of the store, with all that the role must not forget. */
static enum store_result renew_generation(void) {
  if (!store_begin() || !role_write_generation() || !store_commit()) return STORE_FAILED;
  return STORE_KEPT;
}

/** @param length receives how many bytes of the journal the result is about */
static enum store_result append(const struct core_records *records, uint32_t *length) {
  *length = records->first_length + records->second_length;
  if (!keeps_records()) return STORE_KEPT;
  const enum store_result result = commit_append(records, length);
  if (result != STORE_FULL) return result;
  // A new generation holds everything that is known now.
  *length = core_control->journal_head - core_control->journal_durable;
  return renew_generation();
}

static void note_result(bool failed) {
  if (failed) store_again_at = port_milliseconds() + STORE_AGAIN_MILLISECONDS;
  if (failed && !store_failed) {
    log_begin("store");
    log_number("failed", 1);
    log_end();
  }
  store_failed = failed;
}

bool core_keep_records(void) {
  while (core_control->journal_head != core_control->journal_durable) {
    if (store_failed && port_milliseconds() < store_again_at) return false;
    const struct core_records records = core_pending_records();
    uint32_t length;
    const enum store_result result = append(&records, &length);
    if (result == STORE_UNDER_WAY) break;
    note_result(result != STORE_KEPT);
    if (result != STORE_KEPT) return false;
    core_slot(0, LEASEHOLD_INPUT_KIND_DURABLE)->value = core_control->journal_durable + length;
    core_handle(1);
  }
  return true;
}

uint32_t core_wait(void) {
  const uint64_t now = port_milliseconds();
  if (core_control->deadline <= now) return 0;
  const uint64_t wait = core_control->deadline - now;
  return wait < LONGEST_WAIT_MILLISECONDS ? (uint32_t)wait : LONGEST_WAIT_MILLISECONDS;
}
