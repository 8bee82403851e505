/** What lwIP asks of a compiler and a board: chance, and where its assertions end. */
#ifndef LEASEHOLD_ARCH_CC_H
#define LEASEHOLD_ARCH_CC_H

#include "port.h"

/** 32 bits that nobody can foresee (`main.c`). */
uint32_t random_word(void);

#define LWIP_RAND() random_word()
#define LWIP_PLATFORM_ASSERT(message) port_fail(message)
#define LWIP_PLATFORM_DIAG(message)

#endif
