/**
 * Commands of one byte, typed on the board's console: `?` for a report, and what the role makes of others (a client: `s` START, `r`
 * RELEASE, `n` RENEW, `p` STOP).
 *
 * A report is a line `report …` with what was received and sent and how often the module trapped and the board's own figures, a
 * line `counter verdict=… count=…` for each counter of the core that is not 0, and a last line `report end=0`.
 */
#ifndef LEASEHOLD_CONSOLE_H
#define LEASEHOLD_CONSOLE_H

/** Obeys what was typed since the last call. */
void console_obey(void);

#endif
