/**
 * Two places for a module in the board's storage, so that the protocol can be replaced in the field: the newer one that is whole is
 * taken at a start, the other one when it is damaged, or has trapped. Without any, the module that is linked in.
 *
 * A place holds a `module_head` and the module's bytes; `scripts/module-slot.js` writes one. A checksum finds damage; who may
 * replace the module is decided by the signature, where the board has a key.
 */
#ifndef LEASEHOLD_MODULES_H
#define LEASEHOLD_MODULES_H

#include <stdbool.h>
#include <stdint.h>

/** "LSHM", read as a little-endian u32. */
#define MODULE_MAGIC 0x4d48534cu

/** What precedes a module in its place. Little-endian, 96 bytes. */
struct module_head {
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
  /** CRC-32 of the fields before this one. */
  uint32_t head_checksum;
  /** Ed25519 signature of the 32 bytes before it and the module; zeros where it is not signed. */
  uint8_t signature[64];
};
_Static_assert(sizeof(struct module_head) == 96, "module_head");

/** The key that modules must be signed with: 32 bytes of an Ed25519 public key; null: this board asks for no signature. */
extern const uint8_t *const module_key;

/**
 * The module to run: in memory, readable until the next call. The first call since the reset takes the newest good one; each later
 * call means that the last one would not run or has trapped, and takes the next best; then it begins anew.
 * @param size receives its length in bytes
 * @return null: there is none
 */
const uint8_t *module_take(uint32_t *size);

#endif
