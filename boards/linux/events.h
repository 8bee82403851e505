/**
 * What a program waits for: descriptors, signals, and time (`port_wait`). A signal becomes a byte of the console (`port_console`), as
 * if a person had typed it on a board's.
 */
#ifndef LEASEHOLD_LINUX_EVENTS_H
#define LEASEHOLD_LINUX_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

/** Descriptors that can be watched. */
#define EVENTS_DESCRIPTOR_COUNT 8

/** Watches a descriptor. @param readable becomes true when there may be something to read; its reader makes it false */
void events_watch(int descriptor, bool *readable);

/** Has `signal` typed as `command` from now on. */
void events_on_signal(int signal, uint8_t command);

/** Types a byte. */
void events_type(uint8_t command);

/** Takes a byte that was typed, for a program that hears it itself. @return whether it was typed */
bool events_take(uint8_t command);

/** Has `flush` called before each sleep, and by `events_flush`. */
void events_before_sleep(void (*flush)(void));

/** To be called before whatever takes long, such as writing all leases: what was kept to send leaves first. */
void events_flush(void);

#endif
