/**
 * lwIP's settings: IPv4 and UDP over Ethernet without an operating system, no more than the client and `ping` need. The three
 * that Leasehold asks for come first.
 */
#ifndef LEASEHOLD_LWIPOPTS_H
#define LEASEHOLD_LWIPOPTS_H

/* In place of dhcp.c, which would take port 68. */
#define LWIP_DHCP 0
/* Answers arrive before the netif has an address. The argument is as on the wire. */
#define LWIP_IP_ACCEPT_UDP_PORT(port) ((port) == PP_NTOHS(68))
/* Conflicts are the client's business; lwIP only answers for the address. */
#define LWIP_ACD 0

/* No operating system: everything happens in one loop, and no interrupt handler calls lwIP. */
#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0

/* The protocols. */
#define LWIP_TCP 0
#define LWIP_RAW 0
#define LWIP_DNS 1
#define IP_REASSEMBLY 0
#define IP_FRAG 0

/* Memory: frames received lie whole in one buffer of the pool, what is sent comes from the heap. */
#define MEM_ALIGNMENT 4
#define MEM_SIZE 4096
#define PBUF_POOL_SIZE 8
#define PBUF_POOL_BUFSIZE 1536
#define MEMP_NUM_UDP_PCB 4

/* One netif, whose changes are logged. */
#define LWIP_SINGLE_NETIF 1
#define LWIP_NETIF_EXT_STATUS_CALLBACK 1
#define LWIP_STATS 0

#endif
