/** Reads a socket by recvmmsg. */
#include "receive-batch.h"

#include <string.h>

/** Says how much room there is for the first `count` messages: the kernel shortens what it fills. */
static void restore_lengths(struct receive_batch *batch, uint32_t count) {
  for (uint32_t index = 0; index < count; index++) {
    batch->headers[index].msg_hdr.msg_namelen = sizeof batch->names[index];
    batch->headers[index].msg_hdr.msg_controllen = sizeof batch->controls[index];
  }
}

void receive_batch_open(struct receive_batch *batch, int descriptor) {
  memset(batch, 0, sizeof *batch);
  batch->descriptor = descriptor;
  for (uint32_t index = 0; index < RECEIVE_BATCH_COUNT; index++) {
    batch->pieces[index] = (struct iovec){batch->payloads[index], RECEIVE_BATCH_MESSAGE_SIZE};
    struct msghdr *header = &batch->headers[index].msg_hdr;
    header->msg_iov = &batch->pieces[index];
    header->msg_iovlen = 1;
    header->msg_name = &batch->names[index];
    header->msg_control = batch->controls[index];
  }
  restore_lengths(batch, RECEIVE_BATCH_COUNT);
}

/** Reads as many as there are room for. @return whether there were any */
static bool read_more(struct receive_batch *batch) {
  restore_lengths(batch, batch->count);
  const int count = recvmmsg(batch->descriptor, batch->headers, RECEIVE_BATCH_COUNT, MSG_DONTWAIT, NULL);
  batch->taken = 0;
  // An error, such as that the interface went down, is the end of what there is; the interface's state tells the rest.
  batch->count = count > 0 ? (uint32_t)count : 0;
  return batch->count > 0;
}

bool receive_batch_next(struct receive_batch *batch, bool *readable, struct received *message) {
  if (batch->taken == batch->count) {
    if (!*readable || !read_more(batch)) {
      *readable = false;
      return false;
    }
    if (batch->count < RECEIVE_BATCH_COUNT) *readable = false;
  }
  const struct mmsghdr *header = &batch->headers[batch->taken];
  message->payload = batch->payloads[batch->taken];
  message->length = header->msg_len;
  message->truncated = (header->msg_hdr.msg_flags & MSG_TRUNC) != 0;
  message->header = &header->msg_hdr;
  batch->taken++;
  return true;
}

void receive_into(struct leasehold_input_slot *slot, uint8_t kind, const struct received *message, uint8_t *payload,
                  uint32_t payload_size) {
  const uint32_t length = message->length < payload_size ? message->length : payload_size;
  memcpy(payload, message->payload, length);
  slot->kind = kind;
  slot->length = length;
  if (message->truncated || length < message->length) slot->flags |= LEASEHOLD_INPUT_FLAG_TRUNCATED;
}
