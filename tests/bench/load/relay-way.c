/**
 * Clients behind relay agents (RFC 2131 §4.1, RFC 1542 §4.1): all messages leave from one socket, port 67, and all answers come there.
 * With several relays this machine must hold all their addresses; a local route of the whole range serves.
 *
 * All questions have one size and one destination, so many are handed to the kernel as one datagram, which it cuts (UDP_SEGMENT): the
 * server gets them one by one as ever, and the load spends less. A kernel that can't gets them one by one too. Over a veth pair such a
 * train arrives whole, and a socket filter judges it by its first message: so a train is of DHCPDISCOVERs only, or has none.
 */
#include "way.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { PORT = 67, MESSAGE_SIZE = 1472, SEGMENTS = 64 };

static int descriptor;
/** Questions that go into one message to the kernel. */
static uint32_t segments;
static struct sockaddr_in to;

static uint8_t in[BATCH][MESSAGE_SIZE], out[BATCH][QUESTION_SIZE];
static struct mmsghdr in_heads[BATCH], out_heads[BATCH];
static struct iovec in_pieces[BATCH], out_pieces[BATCH];
static struct sockaddr_in in_names[BATCH];
static uint32_t out_count, out_messages[BATCH];
/** Which of the questions are DHCPDISCOVERs. */
static bool out_discovers[BATCH];

static int open_relays(const struct options *options) {
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
  const int size = QUESTION_SIZE;
  if (options->relay_count == 1) own.sin_addr.s_addr = htonl(options->relay);
  to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = {htonl(options->server)}};
  descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) way_fail("socket");
  way_widen(descriptor);
  if (bind(descriptor, (const struct sockaddr *)&own, sizeof own) != 0) way_fail("UDP port of the relay");
  segments = SEGMENTS;
  if (options->plain || setsockopt(descriptor, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size) != 0) segments = 1;
  for (uint32_t index = 0; index < BATCH; index++) {
    in_pieces[index] = (struct iovec){in[index], MESSAGE_SIZE};
    in_heads[index].msg_hdr = (struct msghdr){
        .msg_name = &in_names[index], .msg_namelen = sizeof in_names[0], .msg_iov = &in_pieces[index], .msg_iovlen = 1};
    out_heads[index].msg_hdr = (struct msghdr){.msg_name = &to, .msg_namelen = sizeof to};
  }
  return descriptor;
}

/** Joins the questions that are DHCPDISCOVERs, or those that are not, to trains. @return heads in use, `heads` of which were before */
static uint32_t join(bool discovers, uint32_t heads, struct iovec **piece) {
  uint32_t count = segments;
  for (uint32_t index = 0; index < out_count; index++) {
    if (out_discovers[index] != discovers) continue;
    if (count == segments) {
      out_heads[heads++].msg_hdr.msg_iov = *piece;
      count = 0;
    }
    *(*piece)++ = (struct iovec){out[index], QUESTION_SIZE};
    out_messages[heads - 1] = ++count;
    out_heads[heads - 1].msg_hdr.msg_iovlen = count;
  }
  return heads;
}

static void flush(void) {
  struct iovec *piece = out_pieces;
  way_send(descriptor, out_heads, join(true, join(false, 0, &piece), &piece), out_messages);
  out_count = 0;
}

static void say_through_relay(enum say say, const struct fields *fields) {
  out_discovers[out_count] = say == SAY_DISCOVER;
  question_write(out[out_count], say, fields);
  if (++out_count == BATCH) flush();
}

static uint32_t receive(void) {
  const int count = recvmmsg(descriptor, in_heads, BATCH, MSG_DONTWAIT, NULL);
  return count < 0 ? 0 : (uint32_t)count;
}

static bool open_message(uint32_t index, struct received *received) {
  *received = (struct received){in[index], in_heads[index].msg_len, ntohl(in_names[index].sin_addr.s_addr)};
  return true;
}

const struct way relay_way = {open_relays, say_through_relay, flush, receive, open_message};
