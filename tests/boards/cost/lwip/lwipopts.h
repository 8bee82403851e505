/**
 * lwIP's settings for the job that Leasehold's client does on a board: a lease by DHCP, its address probed and answered for. Whatever
 * else lwIP can do is left out, and memory is as little as that takes.
 */
#ifndef COST_LWIPOPTS_H
#define COST_LWIPOPTS_H

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_SINGLE_NETIF 1

/* The job: the probe of RFC 5227 is dhcp.c's. */
#define LWIP_DHCP 1
#define LWIP_ACD 1
#define LWIP_DHCP_DOES_ACD_CHECK 1
#define LWIP_NETIF_STATUS_CALLBACK 1

/* What it does not need. */
#define LWIP_TCP 0
#define LWIP_RAW 0
#define LWIP_ICMP 0
#define LWIP_DNS 0
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define IP_FORWARD 0
#define LWIP_STATS 0
#define LWIP_NOASSERT 1

/* One frame of 592 bytes received, as Leasehold's client takes it, and one message sent. */
#define MEM_ALIGNMENT 4
#define MEM_SIZE 1024
#define PBUF_POOL_SIZE 1
#define PBUF_POOL_BUFSIZE 592
#define MEMP_NUM_PBUF 2
#define MEMP_NUM_UDP_PCB 1
#define ARP_TABLE_SIZE 2
#define ARP_QUEUEING 0

#endif
