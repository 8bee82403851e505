/** What the stack is filled with before it is used, for the assembler and for C: what is still there was never reached. */
#ifndef VIRT_RV32_STACK_H
#define VIRT_RV32_STACK_H

#define STACK_PAINT 0xc5c5c5c5

#endif
