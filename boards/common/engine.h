/**
 * The module, however it is run: exactly one of `engine-aot.c` (compiled ahead of time), `engine-wasm3.c` and `engine-wamr.c`
 * (interpreted) is linked. The functions are the module's exports; `assembly/client.ts` and `assembly/server.ts` say what they do.
 *
 * A trap does not return: the engine calls `engine_trapped`, which whoever calls the engine supplies and which does not come back here
 * (`leasehold.c` jumps out of the call and opens the engine anew).
 */
#ifndef LEASEHOLD_ENGINE_H
#define LEASEHOLD_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

/** Parameters of `initialise`: a client's and a server's. */
#ifdef LEASEHOLD_SERVER
#define ENGINE_PARAMETER_COUNT 15
#else
#define ENGINE_PARAMETER_COUNT 10
#endif

/**
 * Makes a new instance, in place of any there was: memory as the module describes it, globals at their beginning.
 * @return false: there is no module that can be run (see `modules.h`)
 */
bool engine_open(void);

/** Whether the next `engine_open` takes another module than the present one, so that one that refuses this board is no end. */
bool engine_has_another(void);

/**
 * Sees to it that `bytes` of linear memory are there.
 * @return the first byte of linear memory, which stays where it is until the next call of this or of `engine_open`; null: the
 *   board does not have as much
 */
uint8_t *engine_memory(uint32_t bytes);

/** Lays out the memory. @param parameters in the order of the module's own @return address of the control block, 0: refused */
uint32_t engine_initialise(const uint32_t parameters[ENGINE_PARAMETER_COUNT]);

/** Bytes that the last `engine_initialise` needed. */
uint32_t engine_memory_needed(void);

/** Takes the configuration of `length` bytes at `control.image`. @return 0, or the fault */
uint32_t engine_configure(uint32_t length);

/** Takes `byte_count` bytes of records at `control.transfer`; 0: ends restoring. @return 0, or a restore status */
uint32_t engine_restore(uint32_t byte_count, uint32_t wall_clock, uint64_t now);

/** Handles the first `count` slots. */
void engine_handle_inputs(uint32_t count, uint64_t now);

/** Lets happen whose time has come. */
void engine_handle_timeout(uint64_t now);

#ifdef LEASEHOLD_SERVER
/** Writes records from lease `first` on into the transfer area. @return where to go on, or LEASEHOLD_EXPORT_END */
uint32_t engine_export_records(uint32_t first);
#endif

/** Called by the engine on a trap; does not return. */
_Noreturn void engine_trapped(void);

#endif
