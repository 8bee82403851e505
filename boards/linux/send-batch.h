/**
 * Messages on their way to one socket, kept until many can leave by one system call (sendmmsg).
 *
 * Answers to one relay go to one place and are mostly of one length: a run of them leaves as one message that the kernel cuts apart
 * again (UDP_SEGMENT), which takes it through the IP stack once. What is on the wire is the same.
 */
#ifndef LEASEHOLD_LINUX_SEND_BATCH_H
#define LEASEHOLD_LINUX_SEND_BATCH_H

#include <linux/if_packet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/** Messages that are kept. */
#define SEND_BATCH_COUNT 64

/** Bytes of the longest message: an Ethernet frame. */
#define SEND_BATCH_MESSAGE_SIZE 1536

/** What is kept for one socket. */
struct send_batch {
  int descriptor;
  uint32_t count;
  /** Messages that the kernel refused, such as to a host that cannot be reached. */
  uint32_t refused;
  /** Whether the kernel cuts runs apart, as far as is known: not every interface can. */
  bool joins;
  struct mmsghdr headers[SEND_BATCH_COUNT];
  struct iovec pieces[SEND_BATCH_COUNT];
  union {
    struct sockaddr_in internet;
    struct sockaddr_ll link;
  } names[SEND_BATCH_COUNT];
  _Alignas(struct cmsghdr) uint8_t controls[SEND_BATCH_COUNT][CMSG_SPACE(sizeof(struct in_pktinfo))];
  uint8_t payloads[SEND_BATCH_COUNT][SEND_BATCH_MESSAGE_SIZE];
  /** What is handed to the kernel: a head for each message or run, and how many messages it stands for. */
  struct mmsghdr run_headers[SEND_BATCH_COUNT];
  uint32_t run_lengths[SEND_BATCH_COUNT];
  _Alignas(struct cmsghdr) uint8_t run_controls[SEND_BATCH_COUNT]
                                               [CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(uint16_t))];
};

/** Begins with nothing kept. `descriptor` is a datagram socket's or a frame socket's. */
void send_batch_open(struct send_batch *batch, int descriptor);

/** Keeps an Ethernet frame for an interface. @return false: there is no room, not even after sending what is kept */
bool send_batch_frame(struct send_batch *batch, int interface_index, const uint8_t *frame, uint32_t length);

/**
 * Keeps a datagram. Addresses are numbers.
 * @param interface_index through which it leaves, or 0: the kernel's routes decide
 * @param source 0: the kernel chooses
 * @return false: there is no room
 */
bool send_batch_datagram(struct send_batch *batch, int interface_index, uint32_t source, uint32_t destination, uint16_t port,
                         const uint8_t *payload, uint32_t length);

/** Sends what is kept. What the socket has no room for stays. */
void send_batch_flush(struct send_batch *batch);

#endif
