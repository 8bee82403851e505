/**
 * The few sockets that DHCP needs on Linux, each with a filter in the kernel where it would hand over more than is wanted. What
 * needs privilege happens here and only here: a server gives it up afterwards. Each ends the program when it is refused.
 */
#ifndef LEASEHOLD_LINUX_SOCKETS_H
#define LEASEHOLD_LINUX_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Frames on one interface: hears ARP and datagrams to `port`, sends any frame. What belongs to a VLAN on it is not heard: the kernel
 * shows such frames here too, with their tag taken off.
 */
int open_link_socket(int interface_index, const char *interface_name, uint16_t port);

/** Frames on all interfaces: sends any frame, and hears ARP if `hear_arp`, else nothing. */
int open_frame_socket(bool hear_arp);

/** Datagrams to `port` on all interfaces, broadcasts too; tells by IP_PKTINFO where each arrived. */
int open_datagram_socket(uint16_t port);

/**
 * Swallows datagrams to `port` on one interface: who reads frames needs it, or the kernel would answer a server's unicasts with
 * ICMP port unreachable. It also keeps a second client away.
 */
void open_sink_socket(uint16_t port, const char *interface_name);

/** ICMP: sends echo requests, hears echo replies only. */
int open_echo_socket(void);

#endif
