/**
 * Messages of one socket, read many at a time by recvmmsg and handed out one by one: a system call for each message would cost as
 * much as handling it.
 */
#ifndef LEASEHOLD_LINUX_RECEIVE_BATCH_H
#define LEASEHOLD_LINUX_RECEIVE_BATCH_H

#include "core.h"

#include <linux/if_packet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/** Messages that are read by one system call. */
#define RECEIVE_BATCH_COUNT 64

/** Bytes of the longest message that is taken whole. */
#define RECEIVE_BATCH_MESSAGE_SIZE 2048

/** What is read of one socket. */
struct receive_batch {
  int descriptor;
  /** Messages that were read, and those of them that were handed out. */
  uint32_t count;
  uint32_t taken;
  struct mmsghdr headers[RECEIVE_BATCH_COUNT];
  struct iovec pieces[RECEIVE_BATCH_COUNT];
  union {
    struct sockaddr_in internet;
    struct sockaddr_ll link;
  } names[RECEIVE_BATCH_COUNT];
  /** Room for one control message: struct in_pktinfo or struct tpacket_auxdata. */
  _Alignas(struct cmsghdr) uint8_t controls[RECEIVE_BATCH_COUNT][CMSG_SPACE(sizeof(struct tpacket_auxdata))];
  uint8_t payloads[RECEIVE_BATCH_COUNT][RECEIVE_BATCH_MESSAGE_SIZE];
};

/** One message of a batch; its bytes stay where they are until the next one is asked for. */
struct received {
  const uint8_t *payload;
  uint32_t length;
  /** It was longer. */
  bool truncated;
  const struct msghdr *header;
};

/** Begins to read `descriptor`, which does not block. */
void receive_batch_open(struct receive_batch *batch, int descriptor);

/**
 * The next message: one that was read already, or one just read.
 * @param readable whether the socket may hold something, as ppoll said; becomes false when it was found empty
 * @return whether there was one
 */
bool receive_batch_next(struct receive_batch *batch, bool *readable, struct received *message);

/** Copies a message into a slot of the core's: kind, length, as many bytes as fit, and whether that was all. */
void receive_into(struct leasehold_input_slot *slot, uint8_t kind, const struct received *message, uint8_t *payload,
                  uint32_t payload_size);

#endif
