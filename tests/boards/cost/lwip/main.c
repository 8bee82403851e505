/**
 * lwIP's own client, `dhcp.c`, on a board's port, for comparison: the same driver, console and clock as under Leasehold. It says what each
 * turn of its loop costs, and answers the two keys that the measuring presses.
 */
#include "cost.h"
#include "log.h"
#include "port.h"

#include "lwip/dhcp.h"
#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/netif.h"
#include "lwip/timeouts.h"
#include "netif/ethernet.h"

#include <string.h>

static struct netif network;
static struct leasehold_interface_change state;
static uint32_t received, sent;

uint32_t sys_now(void) { return (uint32_t)port_milliseconds(); }

uint32_t lwip_rand(void) {
  static uint32_t seed[2];
  if (seed[0] == 0) port_entropy(seed);
  // A linear congruential generator (Numerical Recipes): delays and identifiers need no better one.
  return seed[0] = seed[0] * 1664525u + 1013904223u;
}

/** Sends a frame that lies in one piece, as all of lwIP's do here. */
static err_t send_frame(struct netif *netif, struct pbuf *frame) {
  (void)netif;
  const struct leasehold_transmit_descriptor message = {.kind = LEASEHOLD_TRANSMIT_KIND_FRAME, .length = frame->tot_len};
  if (frame->next != NULL) return ERR_BUF;
  sent++;
  return port_send(&message, frame->payload) ? ERR_OK : ERR_WOULDBLOCK;
}

static err_t open_network(struct netif *netif) {
  netif->hwaddr_len = ETH_HWADDR_LEN;
  netif->mtu = 1500;
  netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
  netif->output = etharp_output;
  netif->linkoutput = send_frame;
  return ERR_OK;
}

/** Says, as Leasehold's client does, which address there is. */
static void say_lease(struct netif *netif) {
  log_begin("lease");
  log_address("address", lwip_ntohl(ip4_addr_get_u32(netif_ip4_addr(netif))));
  log_end();
}

static void look_at_link(void) {
  if (!port_interface(0, &state)) return;
  memcpy(network.hwaddr, &state.mac, sizeof state.mac);
  memcpy(network.hwaddr + sizeof state.mac, &state.mac_tail, sizeof state.mac_tail);
  if (state.flags & LEASEHOLD_INTERFACE_FLAG_UP) netif_set_link_up(&network);
  else netif_set_link_down(&network);
}

static void take_frame(void) {
  struct leasehold_input_slot slot = {0};
  struct pbuf *frame = pbuf_alloc(PBUF_RAW, PBUF_POOL_BUFSIZE, PBUF_POOL);
  if (frame == NULL) return;
  if (!port_receive(&slot, frame->payload, PBUF_POOL_BUFSIZE)) {
    pbuf_free(frame);
    return;
  }
  received++;
  pbuf_realloc(frame, (u16_t)slot.length);
  if (slot.flags & LEASEHOLD_INPUT_FLAG_TRUNCATED || network.input(frame, &network) != ERR_OK) pbuf_free(frame);
}

static void obey(uint8_t typed) {
  if (typed == 'n') dhcp_renew(&network);
  if (typed != '?') return;
  log_begin("report");
  port_report();
  log_end();
  log_begin("report");
  log_number("end", 0);
  log_end();
}

int main(void) {
  port_open();
  lwip_init();
  netif_add_noaddr(&network, NULL, open_network, ethernet_input);
  netif_set_default(&network);
  netif_set_status_callback(&network, say_lease);
  netif_set_up(&network);
  look_at_link();
  dhcp_start(&network);
  for (;;) {
    const uint32_t received_before = received, sent_before = sent;
    const uint64_t begun = cost_clock();
    obey(port_console());
    look_at_link();
    take_frame();
    sys_check_timeouts();
    if (received != received_before || sent != sent_before) cost_say(received - received_before, begun);
    port_wait(sys_timeouts_sleeptime());
  }
}
