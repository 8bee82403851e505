/** Opens sockets, with classic BPF before those that hear frames. */
#include "sockets.h"

#include "say.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

/** What the kernel may keep for us while a commit is under way, in bytes; a datagram takes about 1300 of it. */
#define RECEIVE_BUFFER_SIZE (4 << 20)

/** Ends the program: `what` could not be opened or prepared. */
_Noreturn static void refuse(const char *what) {
  if (errno == EPERM || errno == EACCES)
    fail("Not allowed to open %s. Start as root, or with the capabilities CAP_NET_RAW, CAP_NET_BIND_SERVICE and CAP_NET_ADMIN.",
         what);
  if (errno == EADDRINUSE) fail("Another DHCP program holds %s. Stop it first.", what);
  fail("%s can't be opened: %s.", what, strerror(errno));
}

static int open_socket(int family, int type, int protocol, const char *what) {
  const int descriptor = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  if (descriptor < 0) refuse(what);
  return descriptor;
}

static void set_flag(int descriptor, int level, int option, const char *what) {
  const int on = 1;
  if (setsockopt(descriptor, level, option, &on, sizeof on) != 0) refuse(what);
}

/** A larger buffer is better, none is no failure: the kernel's own bound applies where we have no privilege to exceed it. */
static void enlarge_buffer(int descriptor) {
  const int size = RECEIVE_BUFFER_SIZE;
  if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

static void attach_filter(int descriptor, const struct sock_filter *instructions, size_t count, const char *what) {
  const struct sock_fprog program = {.len = (unsigned short)count, .filter = (struct sock_filter *)instructions};
  if (setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) refuse(what);
}

static void bind_link(int descriptor, int interface_index, uint16_t protocol, const char *what) {
  const struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = interface_index};
  if (bind(descriptor, (const struct sockaddr *)&address, sizeof address) != 0) refuse(what);
}

static void bind_port(int descriptor, uint16_t port, const char *what) {
  const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (bind(descriptor, (const struct sockaddr *)&address, sizeof address) != 0) refuse(what);
}

int open_link_socket(int interface_index, const char *interface_name, uint16_t port) {
  enum { IP = ETH_HLEN, ETHERTYPE = 12, FRAGMENT = IP + 6, PROTOCOL = IP + 9, UDP_DESTINATION = IP + 2 };
  // A jump counts the instructions between it and its target: DROP is the last one, TAKE the one before.
  const struct sock_filter arp_or_datagram[] = {
      /*  0 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG)),
      /*  1 */ BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x0fff, 11, 0),
      /*  2 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ETHERTYPE),
      /*  3 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 8, 0),
      /*  4 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 8),
      /*  5 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, PROTOCOL),
      /*  6 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
      /*  7 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, FRAGMENT),
      /*  8 */ BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 4, 0),
      /*  9 */ BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, IP),
      /* 10 */ BPF_STMT(BPF_LD | BPF_H | BPF_IND, UDP_DESTINATION),
      /* 11 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
      /* 12 */ BPF_STMT(BPF_RET | BPF_K, 0x40000),
      /* 13 */ BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const int descriptor = open_socket(AF_PACKET, SOCK_RAW, 0, interface_name);
  set_flag(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, interface_name);
  set_flag(descriptor, SOL_PACKET, PACKET_AUXDATA, interface_name);
  attach_filter(descriptor, arp_or_datagram, sizeof arp_or_datagram / sizeof arp_or_datagram[0], interface_name);
  bind_link(descriptor, interface_index, ETH_P_ALL, interface_name);
  return descriptor;
}

int open_frame_socket(bool hear_arp) {
  static const char what[] = "a socket for frames";
  // No tag of a VLAN: what is heard on an interface is to be of its own link.
  const struct sock_filter untagged[] = {
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG)),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x0fff, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, 0x40000),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const int descriptor = open_socket(AF_PACKET, SOCK_RAW, 0, what);
  set_flag(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, what);
  attach_filter(descriptor, untagged, sizeof untagged / sizeof untagged[0], what);
  if (hear_arp) bind_link(descriptor, 0, ETH_P_ARP, what);
  return descriptor;
}

int open_datagram_socket(uint16_t port) {
  static const char what[] = "UDP port 67";
  const int descriptor = open_socket(AF_INET, SOCK_DGRAM, 0, what);
  set_flag(descriptor, SOL_SOCKET, SO_BROADCAST, what);
  set_flag(descriptor, IPPROTO_IP, IP_PKTINFO, what);
  enlarge_buffer(descriptor);
  bind_port(descriptor, port, what);
  return descriptor;
}

void open_sink_socket(uint16_t port, const char *interface_name) {
  static const char what[] = "UDP port 68";
  const struct sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  const int descriptor = open_socket(AF_INET, SOCK_DGRAM, 0, what);
  set_flag(descriptor, SOL_SOCKET, SO_REUSEADDR, what);
  if (setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, interface_name, (socklen_t)strlen(interface_name) + 1) != 0)
    refuse(what);
  attach_filter(descriptor, nothing, 1, what);
  bind_port(descriptor, port, what);
}

int open_echo_socket(void) {
  static const char what[] = "a socket for ICMP";
  // The kernel's `struct icmp_filter` and its option, whose header does not agree with the C library's.
  enum { FILTER_OPTION = 1 };
  const uint32_t all_but_replies = ~(1u << ICMP_ECHOREPLY);
  const int descriptor = open_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP, what);
  if (setsockopt(descriptor, SOL_RAW, FILTER_OPTION, &all_but_replies, sizeof all_but_replies) != 0) refuse(what);
  return descriptor;
}
