/**
 * What the kernel knows of an interface, asked by name, and a notice when any of it may have changed.
 */
#ifndef LEASEHOLD_LINUX_INTERFACES_H
#define LEASEHOLD_LINUX_INTERFACES_H

#include "core.h"

#include <stdbool.h>
#include <stdint.h>

/** One interface as it is now. */
struct kernel_interface {
  /** The kernel's index; another one if the interface was removed and made anew. */
  int index;
  /** Up by configuration. */
  bool up;
  /** Up and with a carrier. */
  bool running;
  /** Hardware type as ARP knows it: 1 is Ethernet. */
  uint16_t htype;
  uint8_t mac[6];
  /** Largest IPv4 packet in bytes. */
  uint32_t mtu;
  /** First IPv4 address as a number, or 0. */
  uint32_t address;
  /** Length of its prefix in bits. */
  uint8_t prefix_length;
};

/** Opens what the others need. Ends the program when the kernel refuses. @return a descriptor that is readable after a change */
int open_interfaces(void);

/** Reads the interface called `name` as it is now. @return false: there is none */
bool read_interface(const char *name, struct kernel_interface *interface);

/** Takes all notices of changes. @return whether there were any */
bool drain_changes(void);

/** The state as the core is told it, but for its flag and its mode of sending. */
struct leasehold_interface_change describe_interface(const struct kernel_interface *interface);

/** Length of a subnet mask in bits; 32 when it is no run of ones. */
uint8_t prefix_of_mask(uint32_t mask);

#endif
