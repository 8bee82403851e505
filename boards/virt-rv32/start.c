/**
 * What the machine needs before C can run, and what becomes of an exception: it is counted and the machine is reset.
 *
 * Relies on `start.S` for the stack and on the linker script for the sections' bounds.
 */
#include "entropy.h"
#include "stack.h"
#include "virt.h"

#include <stddef.h>
#include <string.h>

/** The machine's reset register, and what resets it. */
#define RESET_REGISTER 0x00100000u
#define RESET_VALUE 0x7777u

/** First bytes of a device tree, its own byte order being big-endian; the largest one that is believed. */
#define DEVICE_TREE_MAGIC 0xedfe0dd0u
#define DEVICE_TREE_SIZE_MAX 0x10000u

/** Says that the count below was written by us and is not what the memory held when the power came on. */
#define FAULTS_VALID 0x4641554cu

extern uint32_t stack_bottom[], stack_top[], data_load[], data_start[], data_end[], bss_start[], bss_end[], ram_end[];

static struct {
  uint32_t valid;
  uint32_t count;
} faults __attribute__((section(".noinit")));

/** Locks ROM (256 KiB at 0x80000000) as readable and executable only, for the rest of this life. */
static void lock_rom(void) {
  const uint32_t naturally_aligned = 0x80000000u >> 2 | (0x40000u / 8 - 1);
  const uint32_t locked_read_execute = 0x80 | 0x18 | 0x04 | 0x01;
  __asm volatile("csrw pmpaddr0, %0\n\tcsrw pmpcfg0, %1" : : "r"(naturally_aligned), "r"(locked_read_execute));
}

/** Memory as it was found differs from start to start on real chips. */
static void add_memory(const uint32_t *first, const uint32_t *end) {
  for (const uint32_t *word = first; word < end; word++) entropy_add(*word);
}

/** A device tree names the machine and carries a seed (`/chosen/rng-seed`) where whoever wrote it had one. */
static void add_device_tree(const uint32_t *tree) {
  if (tree == NULL || tree[0] != DEVICE_TREE_MAGIC) return;
  uint32_t size = __builtin_bswap32(tree[1]);
  if (size <= DEVICE_TREE_SIZE_MAX) add_memory(tree, tree + size / 4);
}

int main(void);
_Noreturn void start(const uint32_t *device_tree);
_Noreturn void fault(void);

/** Called by `start.S`. @param device_tree what the machine says of itself, or null */
_Noreturn void start(const uint32_t *device_tree) {
  lock_rom();
  add_memory(data_start, ram_end);
  add_device_tree(device_tree);
  memcpy(data_start, data_load, (size_t)((char *)data_end - (char *)data_start));
  memset(bss_start, 0, (size_t)((char *)bss_end - (char *)bss_start));
  if (faults.valid != FAULTS_VALID) faults.count = 0;
  faults.valid = FAULTS_VALID;
  main();
  for (;;) __asm volatile("wfi");
}

/** Called by `start.S` on an exception. */
_Noreturn void fault(void) {
  faults.count++;
  REGISTER(RESET_REGISTER) = RESET_VALUE;
  for (;;) __asm volatile("wfi");
}

uint32_t fault_count(void) { return faults.count; }

uint32_t stack_deepest(void) {
  const uint32_t *word = stack_bottom;
  while (word < stack_top && *word == STACK_PAINT) word++;
  return (uint32_t)((const char *)stack_top - (const char *)word);
}
