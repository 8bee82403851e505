/** Sends by sendmmsg. */
#include "send-batch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <string.h>

void send_batch_open(struct send_batch *batch, int descriptor) {
  memset(batch, 0, sizeof *batch);
  batch->descriptor = descriptor;
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

void send_batch_flush(struct send_batch *batch) {
  uint32_t sent = 0;
  while (sent < batch->count) {
    const int count = sendmmsg(batch->descriptor, batch->headers + sent, batch->count - sent, MSG_DONTWAIT);
    if (count > 0) sent += (uint32_t)count;
    else if (errno == EAGAIN || errno == ENOBUFS) break;
    else if (errno != EINTR) {
      // This one cannot be sent: its receiver asks again, and the others must not wait for it.
      batch->refused++;
      sent++;
    }
  }
  if (sent < batch->count && sent > 0) keep_rest(batch, sent);
  else if (sent == batch->count) batch->count = 0;
}
