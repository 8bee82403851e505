/**
 * Lines for a person or a test: a word, then `name=value` pairs. `log_begin` opens a line, `log_end` hands it to `port_log`. What does not
 * fit a line is left out.
 */
#ifndef LEASEHOLD_LOG_H
#define LEASEHOLD_LOG_H

#include <stdint.h>

/** Begins a line with a word. */
void log_begin(const char *word);

/** Adds `name=` and a text of ours: nothing that came from the wire. */
void log_text(const char *name, const char *text);

/** Adds `name=` and a decimal number. */
void log_number(const char *name, uint32_t value);

/** Adds `name=` and an IPv4 address in dotted form. */
void log_address(const char *name, uint32_t address);

/** Ends the line. */
void log_end(void);

#endif
