/** Sends by sendmmsg, runs of datagrams joined. */
#include "send-batch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/udp.h>
#include <string.h>

/** Bytes of the longest run: an IPv4 packet of 65,535 bytes without its headers. */
#define MOST_JOINED 65507

void send_batch_open(struct send_batch *batch, int descriptor) {
  memset(batch, 0, sizeof *batch);
  batch->descriptor = descriptor;
  batch->joins = true;
}

/** Copies a message into the next place. @return its head with nothing but the payload in it, or null: there is no room */
static struct msghdr *next_place(struct send_batch *batch, const uint8_t *payload, uint32_t length) {
  if (batch->count == SEND_BATCH_COUNT) send_batch_flush(batch);
  if (batch->count == SEND_BATCH_COUNT) return NULL;
  const uint32_t index = batch->count++;
  struct msghdr *header = &batch->headers[index].msg_hdr;
  memcpy(batch->payloads[index], payload, length);
  batch->pieces[index] = (struct iovec){batch->payloads[index], length};
  *header = (struct msghdr){.msg_iov = &batch->pieces[index], .msg_iovlen = 1, .msg_name = &batch->names[index]};
  return header;
}

bool send_batch_frame(struct send_batch *batch, int interface_index, const uint8_t *frame, uint32_t length) {
  if (length > SEND_BATCH_MESSAGE_SIZE || length < ETH_HLEN) return true;
  struct msghdr *header = next_place(batch, frame, length);
  if (header == NULL) return false;
  struct sockaddr_ll *name = header->msg_name;
  *name = (struct sockaddr_ll){.sll_family = AF_PACKET, .sll_ifindex = interface_index};
  memcpy(&name->sll_protocol, frame + 2 * ETH_ALEN, sizeof name->sll_protocol);
  header->msg_namelen = sizeof *name;
  return true;
}

bool send_batch_datagram(struct send_batch *batch, int interface_index, uint32_t source, uint32_t destination, uint16_t port,
                         const uint8_t *payload, uint32_t length) {
  if (length > SEND_BATCH_MESSAGE_SIZE) return true;
  struct msghdr *header = next_place(batch, payload, length);
  if (header == NULL) return false;
  struct sockaddr_in *name = header->msg_name;
  *name = (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(destination)};
  header->msg_namelen = sizeof *name;
  header->msg_control = batch->controls[header->msg_iov - batch->pieces];
  header->msg_controllen = sizeof batch->controls[0];
  struct cmsghdr *control = CMSG_FIRSTHDR(header);
  *control = (struct cmsghdr){
      .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO, .cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo))};
  const struct in_pktinfo info = {.ipi_ifindex = interface_index, .ipi_spec_dst.s_addr = htonl(source)};
  memcpy(CMSG_DATA(control), &info, sizeof info);
  return true;
}

/** Moves what was not sent to the front: heads point into places, so places move with them. */
static void keep_rest(struct send_batch *batch, uint32_t sent) {
  const uint32_t count = batch->count;
  batch->count = 0;
  for (uint32_t index = sent; index < count; index++) {
    const struct msghdr old = batch->headers[index].msg_hdr;
    struct msghdr *header = next_place(batch, batch->payloads[index], (uint32_t)batch->pieces[index].iov_len);
    const uint32_t place = (uint32_t)(header->msg_iov - batch->pieces);
    batch->names[place] = batch->names[index];
    header->msg_namelen = old.msg_namelen;
    if (old.msg_control == NULL) continue;
    memcpy(batch->controls[place], batch->controls[index], sizeof batch->controls[0]);
    header->msg_control = batch->controls[place];
    header->msg_controllen = old.msg_controllen;
  }
}

/** Whether two datagrams differ in nothing but their payload. */
static bool go_together(const struct send_batch *batch, uint32_t one, uint32_t other) {
  return batch->headers[other].msg_hdr.msg_control != NULL &&
         memcmp(&batch->names[one], &batch->names[other], sizeof(struct sockaddr_in)) == 0 &&
         memcmp(batch->controls[one], batch->controls[other], sizeof batch->controls[0]) == 0;
}

/** How many messages from `first` on may leave as one: datagrams of one length to one place, of which the last may be shorter. */
static uint32_t run_from(const struct send_batch *batch, uint32_t first) {
  const size_t length = batch->pieces[first].iov_len;
  uint32_t end = first + 1;
  if (!batch->joins || batch->headers[first].msg_hdr.msg_control == NULL || length == 0) return 1;
  size_t total = length;
  while (end < batch->count && batch->pieces[end - 1].iov_len == length && batch->pieces[end].iov_len <= length &&
         total + batch->pieces[end].iov_len <= MOST_JOINED && go_together(batch, first, end))
    total += batch->pieces[end++].iov_len;
  return end - first;
}

/** Makes the head of a run: where it goes, as its first message says, and where it is to be cut. */
static void join(struct send_batch *batch, uint32_t run, uint32_t first, uint32_t length) {
  struct msghdr *header = &batch->run_headers[run].msg_hdr;
  const uint16_t size = (uint16_t)batch->pieces[first].iov_len;
  *header = batch->headers[first].msg_hdr;
  batch->run_lengths[run] = length;
  if (length == 1) return;
  header->msg_iovlen = length;
  header->msg_control = batch->run_controls[run];
  header->msg_controllen = sizeof batch->run_controls[run];
  memcpy(batch->run_controls[run], batch->controls[first], sizeof batch->controls[first]);
  struct cmsghdr *control = (struct cmsghdr *)(batch->run_controls[run] + sizeof batch->controls[first]);
  *control = (struct cmsghdr){
      .cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT, .cmsg_len = CMSG_LEN(sizeof size)};
  memcpy(CMSG_DATA(control), &size, sizeof size);
}

/** Makes heads for the messages from `first` on. @return how many */
static uint32_t join_from(struct send_batch *batch, uint32_t first) {
  uint32_t runs = 0;
  for (uint32_t at = first; at < batch->count; at += batch->run_lengths[runs++]) join(batch, runs, at, run_from(batch, at));
  return runs;
}

void send_batch_flush(struct send_batch *batch) {
  uint32_t sent = 0;
  while (sent < batch->count) {
    const int count = sendmmsg(batch->descriptor, batch->run_headers, join_from(batch, sent), MSG_DONTWAIT);
    for (int run = 0; run < count; run++) sent += batch->run_lengths[run];
    if (count > 0 || errno == EINTR) continue;
    if (errno == EAGAIN || errno == ENOBUFS) break;
    if (batch->run_lengths[0] > 1 && (errno == EINVAL || errno == EMSGSIZE || errno == EIO)) {
      // A route or interface that can't take runs: from now on each message goes by itself.
      batch->joins = false;
      continue;
    }
    // These cannot be sent: their receiver asks again, and the others must not wait for them.
    batch->refused += batch->run_lengths[0];
    sent += batch->run_lengths[0];
  }
  if (sent < batch->count && sent > 0) keep_rest(batch, sent);
  else if (sent == batch->count) batch->count = 0;
}
