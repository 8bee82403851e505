/**
 * The client's part of the port: frames in and out of one interface, which need not have an address. The datagrams that the kernel
 * would deliver a second time, to its own IP stack, are swallowed.
 */
#include "client-link.h"

#include "events.h"
#include "interfaces.h"
#include "log.h"
#include "port.h"
#include "receive-batch.h"
#include "send-batch.h"
#include "sockets.h"

#include <linux/if_packet.h>
#include <string.h>

enum { CLIENT_PORT = 68 };

static const char *interface_name;
static int interface_index;
static bool changed;
static bool readable;
static bool state_unknown = true;
static struct receive_batch incoming;
static struct send_batch outgoing;

static void flush(void) { send_batch_flush(&outgoing); }

void client_link_open(const char *name, int index) {
  interface_name = name;
  interface_index = index;
  const int frames = open_link_socket(index, name, CLIENT_PORT);
  open_sink_socket(CLIENT_PORT, name);
  receive_batch_open(&incoming, frames);
  send_batch_open(&outgoing, frames);
  events_watch(frames, &readable);
  events_before_sleep(flush);
}

void client_link_watch(int changes) { events_watch(changes, &changed); }

uint32_t port_interface_count(void) { return 1; }

bool port_interface(uint32_t index, struct leasehold_interface_change *interface) {
  static struct leasehold_interface_change told;
  struct kernel_interface kernel;
  (void)index;
  if (!changed && !state_unknown) return false;
  changed = false;
  drain_changes();
  // An interface that was removed and made anew has another index: it is not the one our socket is bound to.
  const bool present = read_interface(interface_name, &kernel) && kernel.index == interface_index;
  struct leasehold_interface_change now = present ? describe_interface(&kernel) : told;
  now.flags = present && kernel.running ? LEASEHOLD_INTERFACE_FLAG_UP : 0;
  now.link_mode = LEASEHOLD_LINK_MODE_FRAMES;
  if (!state_unknown && memcmp(&now, &told, sizeof now) == 0) return false;
  state_unknown = false;
  told = now;
  *interface = now;
  return true;
}

/** Whether the kernel vouches for the checksum: it checked it, or the sender on this machine never computed one. */
static bool checksum_trusted(const struct msghdr *header) {
  const struct cmsghdr *control = CMSG_FIRSTHDR(header);
  if (control == NULL || control->cmsg_level != SOL_PACKET || control->cmsg_type != PACKET_AUXDATA) return false;
  struct tpacket_auxdata auxiliary;
  if (control->cmsg_len < CMSG_LEN(sizeof auxiliary)) return false;
  memcpy(&auxiliary, CMSG_DATA(control), sizeof auxiliary);
  return (auxiliary.tp_status & (TP_STATUS_CSUMNOTREADY | TP_STATUS_CSUM_VALID)) != 0;
}

bool port_receive(struct leasehold_input_slot *slot, uint8_t *payload, uint32_t payload_size) {
  struct received message;
  if (!receive_batch_next(&incoming, &readable, &message)) return false;
  receive_into(slot, LEASEHOLD_INPUT_KIND_FRAME, &message, payload, payload_size);
  if (checksum_trusted(message.header)) slot->flags |= LEASEHOLD_INPUT_FLAG_CHECKSUM_TRUSTED;
  return true;
}

bool port_send(const struct leasehold_transmit_descriptor *message, const uint8_t *payload) {
  if (message->kind != LEASEHOLD_TRANSMIT_KIND_FRAME) return true;
  return send_batch_frame(&outgoing, interface_index, payload, message->length);
}

void port_report(void) { log_number("unsent", outgoing.refused); }
