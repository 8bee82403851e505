/** What lwIP asks of a compiler: nothing is printed, a failed assertion halts, chance comes from the board. */
#ifndef COST_CC_H
#define COST_CC_H

#include "port.h"

#define LWIP_NO_CTYPE_H 1
#define LWIP_PLATFORM_DIAG(text)
#define LWIP_PLATFORM_ASSERT(text) port_fail(text)
#define LWIP_RAND() lwip_rand()

/** Chance for lwIP: transaction identifiers and delays. */
uint32_t lwip_rand(void);

#endif
