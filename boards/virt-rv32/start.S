/*
 * The first instructions after a reset, and where exceptions end.
 *
 * The machine enters at the first address of ROM with the hart's number in a0 and the device tree's address in a1. No interrupt is
 * ever taken (`port_wait` only lets them wake the hart), so whatever comes to `trap` is an exception: a fault of the firmware.
 */
#include "stack.h"

  .section .text.reset, "ax"
  .globl reset
  .globl rom_start_locked
reset:
rom_start_locked:
  bnez a0, other_hart

  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la t0, trap
  csrw mtvec, t0

  la t0, stack_bottom
  la sp, stack_top
  li t1, STACK_PAINT
paint:
  sw t1, 0(t0)
  addi t0, t0, 4
  bltu t0, sp, paint

  mv a0, a1
  tail start

other_hart:
  wfi
  j other_hart

  /* mtvec takes addresses that are multiples of 4. The stack may be what is at fault: it begins anew. */
  .balign 4
trap:
  la sp, stack_top
  tail fault
