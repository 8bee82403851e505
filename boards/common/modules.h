/**
 * Two places for a module in the board's storage, so that the protocol can be replaced in the field: the newer one that is whole is
 * taken at a start, the other one when it is damaged, or has trapped. Without any, the module that is linked in.
 *
 * A place holds a `module_head` and the module's bytes; `scripts/module-slot.js` writes one. A checksum finds damage; who may
 * replace the module is decided by the signature, where the firmware is built with a key: `MODULE_KEY` is the 32 bytes of an Ed25519
 * public key, separated by commas. What is linked in needs no signature.
 *
 * How often the module of a place was taken is kept in RAM that outlives a reset (`.noinit`), until it has run for
 * `MODULE_TRIAL_MILLISECONDS`: one that traps, faults or hangs `MODULE_TRIALS` times, each within that time, is passed over until the power is
 * cut or the place holds another one. It takes a watchdog to reset a board whose module hangs. Nothing of it is written to storage. What writes a place (a command of the product, a service tool) writes the
 * place that is not running, head last, so that a power cut on the way leaves the other one as it is.
 */
#ifndef LEASEHOLD_MODULES_H
#define LEASEHOLD_MODULES_H

#include <stdbool.h>
#include <stdint.h>

/** "LSHM", read as a little-endian u32. */
#define MODULE_MAGIC 0x4d48534cu

/** What precedes a module in its place. Little-endian, 96 bytes. */
struct module_head {
  /** Ed25519 signature of all that follows it: the other 32 bytes of the head, and the module; zeros where it is not signed. */
  uint8_t signature[64];
  /** `MODULE_MAGIC`. */
  uint32_t magic;
  /** Counts up with each release: the larger one is newer. */
  uint32_t number;
  /** Bytes of the module, which follows the head. */
  uint32_t size;
  /** `LEASEHOLD_BOUNDARY_VERSION` that it was built with: another one is not run. */
  uint32_t boundary_version;
  /** `leasehold_role`. */
  uint32_t role;
  /** CRC-32 of the module. */
  uint32_t module_checksum;
  /** Zero. */
  uint32_t reserved;
  /** CRC-32 of the fields from `magic` to `reserved`. */
  uint32_t head_checksum;
};
_Static_assert(sizeof(struct module_head) == 96, "module_head");

/** Why the module in a place is not run; the log shows it: `module slot=1 refused=6`. */
enum module_fault {
  MODULE_GOOD = 0,
  /** The medium failed. */
  MODULE_UNREADABLE = 1,
  /** There is no head: the place was never written. */
  MODULE_MISSING = 2,
  /** The head's checksum is wrong. */
  MODULE_HEAD_DAMAGED = 3,
  /** It is for another role, or speaks another version of the boundary. */
  MODULE_OTHER_KIND = 4,
  /** It does not fit the place, or the board's memory for it. */
  MODULE_TOO_LARGE = 5,
  /** The module's checksum is wrong. */
  MODULE_DAMAGED = 6,
  /** The board has a key, and this is not signed with it. */
  MODULE_NOT_SIGNED = 7,
  /** It is no WebAssembly, or it imports something. */
  MODULE_NOT_ALONE = 8,
  /** It has failed as often as it may. */
  MODULE_GIVEN_UP = 9,
};

/** How often a module is taken that has not run for long enough yet. */
#define MODULE_TRIALS 2u

/** After so many milliseconds a module counts as one that can be run. */
#ifndef MODULE_TRIAL_MILLISECONDS
#define MODULE_TRIAL_MILLISECONDS 600000u
#endif

/** How many modules there are at most: one in each place, and the one that is linked in. */
#define MODULE_CANDIDATE_COUNT 3u

/** The module that is linked in, byte for byte `build/<role>.wasm`; a `leasehold_module_size` of 0: there is none. */
extern const uint8_t leasehold_module[];
extern const uint32_t leasehold_module_size;

/**
 * The module to run: in memory, readable until the next call. The first call since the reset takes the newest good one; each later
 * call means that the last one would not run or has trapped, and takes the next best; after the one that is linked in it begins
 * anew, and where none is linked in, also with those that were given up. Logs `module slot=… number=… checksum=…`; slot 2 is what is linked in.
 * @param size receives its length in bytes
 * @return null: there is none
 */
const uint8_t *module_take(uint32_t *size);

/** Whether the next `module_take` goes on to the next best; false: what was taken last is the last one, and it begins anew. */
bool module_has_another(void);

/** To be told of each call into the module that has returned, and when: what runs for long enough is tried again after its next failure. */
void module_returned(uint64_t now);

#endif
