/**
 * The server's part of the port: one wildcard UDP socket for all interfaces, which tells by IP_PKTINFO where a datagram arrived, and
 * one AF_PACKET socket, which reaches clients that have no address yet and carries ARP probes. The kernel's own IP stack receives,
 * routes and filters, so that a firewall's rules hold and answers to relays find their way.
 */
#include "server-link.h"

#include "events.h"
#include "log.h"
#include "port.h"
#include "receive-batch.h"
#include "send-batch.h"
#include "sockets.h"

#include <arpa/inet.h>
#include <net/if_arp.h>
#include <string.h>

enum { SERVER_PORT = 67 };

/** The number of no interface: the core counts what came by it as UNKNOWN_INTERFACE. */
#define NOT_SERVED UINT32_MAX

/** One interface that is served. */
struct served {
  const char *name;
  struct kernel_interface kernel;
  bool present;
  /** Whether the core has to be told. */
  bool changed;
  struct leasehold_interface_change told;
};

static struct served served[SERVER_INTERFACE_COUNT];
static uint32_t served_count;

/** Each socket with what is read of it and what is to be sent by it. */
static struct receive_batch datagrams_in, arp_in, echoes_in;
static struct send_batch datagrams_out, frames_out, echoes_out;
static bool datagrams_readable, arp_readable, echoes_readable, interfaces_changed;
static bool echoes_open;

static void flush(void) {
  send_batch_flush(&datagrams_out);
  send_batch_flush(&frames_out);
  if (echoes_open) send_batch_flush(&echoes_out);
}

/** Asks the kernel for an interface, and notes whether the core has to hear of it. */
static void look_at(struct served *one, bool first) {
  one->present = read_interface(one->name, &one->kernel);
  struct leasehold_interface_change now = one->present ? describe_interface(&one->kernel) : one->told;
  now.flags = one->present && one->kernel.up && one->kernel.address != 0 ? LEASEHOLD_INTERFACE_FLAG_UP : 0;
  now.link_mode = one->kernel.htype == ARPHRD_ETHER ? LEASEHOLD_LINK_MODE_MIXED : LEASEHOLD_LINK_MODE_DATAGRAM;
  if (first || memcmp(&now, &one->told, sizeof now) != 0) one->changed = true;
  one->told = now;
}

void server_link_open(const char *const *names, uint32_t count, bool probes) {
  const int datagrams = open_datagram_socket(SERVER_PORT);
  const int frames = open_frame_socket(probes);
  receive_batch_open(&datagrams_in, datagrams);
  send_batch_open(&datagrams_out, datagrams);
  send_batch_open(&frames_out, frames);
  events_watch(open_interfaces(), &interfaces_changed);
  events_watch(datagrams, &datagrams_readable);
  if (probes) {
    const int echoes = open_echo_socket();
    receive_batch_open(&arp_in, frames);
    receive_batch_open(&echoes_in, echoes);
    send_batch_open(&echoes_out, echoes);
    events_watch(frames, &arp_readable);
    events_watch(echoes, &echoes_readable);
    echoes_open = true;
  }
  served_count = count;
  for (uint32_t index = 0; index < count; index++) {
    served[index].name = names[index];
    look_at(&served[index], true);
  }
  interfaces_changed = false;
  events_before_sleep(flush);
}

const struct kernel_interface *server_link_interface(uint32_t index) {
  return served[index].present ? &served[index].kernel : NULL;
}

uint32_t port_interface_count(void) { return served_count; }

bool port_interface(uint32_t index, struct leasehold_interface_change *interface) {
  if (interfaces_changed) {
    interfaces_changed = false;
    drain_changes();
    for (uint32_t other = 0; other < served_count; other++) look_at(&served[other], false);
  }
  if (!served[index].changed) return false;
  served[index].changed = false;
  *interface = served[index].told;
  return true;
}

static uint32_t index_of(int kernel_index) {
  for (uint32_t index = 0; index < served_count; index++) {
    if (served[index].present && served[index].kernel.index == kernel_index) return index;
  }
  return NOT_SERVED;
}

/** Where a datagram arrived, by IP_PKTINFO. */
static void read_arrival(const struct msghdr *header, struct leasehold_input_slot *slot) {
  const struct sockaddr_in *from = header->msg_name;
  const struct cmsghdr *control = CMSG_FIRSTHDR(header);
  struct in_pktinfo info = {.ipi_ifindex = 0};
  if (control != NULL && control->cmsg_type == IP_PKTINFO && control->cmsg_len >= CMSG_LEN(sizeof info))
    memcpy(&info, CMSG_DATA(control), sizeof info);
  slot->source_address = ntohl(from->sin_addr.s_addr);
  slot->source_port = ntohs(from->sin_port);
  slot->destination_address = ntohl(info.ipi_addr.s_addr);
  slot->destination_port = SERVER_PORT;
  slot->interface_index = index_of(info.ipi_ifindex);
}

static bool receive_datagram(struct leasehold_input_slot *slot, uint8_t *payload, uint32_t payload_size) {
  struct received message;
  if (!receive_batch_next(&datagrams_in, &datagrams_readable, &message)) return false;
  receive_into(slot, LEASEHOLD_INPUT_KIND_DATAGRAM, &message, payload, payload_size);
  read_arrival(message.header, slot);
  return true;
}

/** Takes what may answer a probe: ARP, or an echo reply. */
static bool receive_answer(struct leasehold_input_slot *slot, uint8_t *payload, uint32_t payload_size) {
  struct received message;
  if (receive_batch_next(&arp_in, &arp_readable, &message)) {
    const struct sockaddr_ll *from = message.header->msg_name;
    receive_into(slot, LEASEHOLD_INPUT_KIND_FRAME, &message, payload, payload_size);
    slot->interface_index = index_of(from->sll_ifindex);
    return true;
  }
  if (!receive_batch_next(&echoes_in, &echoes_readable, &message)) return false;
  const struct sockaddr_in *from = message.header->msg_name;
  slot->kind = LEASEHOLD_INPUT_KIND_PROBE_RESULT;
  slot->address = ntohl(from->sin_addr.s_addr);
  slot->value = 1;
  return true;
}

bool port_receive(struct leasehold_input_slot *slot, uint8_t *payload, uint32_t payload_size) {
  static bool answers_first;
  if (!echoes_open) return receive_datagram(slot, payload, payload_size);
  // In turns, so that neither a flood of datagrams nor one of ARP keeps the other from being heard.
  answers_first = !answers_first;
  if (answers_first)
    return receive_answer(slot, payload, payload_size) || receive_datagram(slot, payload, payload_size);
  return receive_datagram(slot, payload, payload_size) || receive_answer(slot, payload, payload_size);
}

bool port_send(const struct leasehold_transmit_descriptor *message, const uint8_t *payload) {
  const uint32_t broadcast = UINT32_MAX;
  if (message->interface_index >= served_count || !served[message->interface_index].present) return true;
  const int kernel_index = served[message->interface_index].kernel.index;
  const uint32_t to = message->destination_address;
  switch (message->kind) {
    case LEASEHOLD_TRANSMIT_KIND_FRAME:
      return send_batch_frame(&frames_out, kernel_index, payload, message->length);
    case LEASEHOLD_TRANSMIT_KIND_DATAGRAM:
      return send_batch_datagram(&datagrams_out, to == broadcast ? kernel_index : 0, message->source_address, to,
                                 message->destination_port, payload, message->length);
    case LEASEHOLD_TRANSMIT_KIND_ECHO:
      return !echoes_open ||
             send_batch_datagram(&echoes_out, 0, message->source_address, to, 0, payload, message->length);
    default:
      return true;
  }
}

void port_report(void) { log_number("unsent", datagrams_out.refused + frames_out.refused + echoes_out.refused); }
