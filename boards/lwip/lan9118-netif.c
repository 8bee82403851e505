/** Frames between the LAN9118's FIFOs and lwIP's buffers. Without a buffer, frames wait in the controller, which counts what it drops. */
#include "lan9118-netif.h"

#include "lan9118.h"

#include "lwip/etharp.h"
#include "lwip/pbuf.h"

#include <string.h>

/** Bytes of a packet (RFC 894), and of a frame without its check sequence, rounded up to whole words. */
#define MTU 1500u
#define LONGEST_FRAME 1516u

_Static_assert(PBUF_POOL_BUFSIZE >= LONGEST_FRAME, "lwipopts.h: PBUF_POOL_BUFSIZE must hold a whole frame");
_Static_assert(ETH_PAD_SIZE == 0, "lwipopts.h: the controller puts no padding before a frame");

static uint32_t frame_count;

uint32_t lan9118_netif_frames(void) { return frame_count; }

/** Sends a frame, whose pieces are put together first. */
static err_t send(struct netif *netif, struct pbuf *frame) {
  (void)netif;
  if (frame->next == NULL) return lan9118_send(frame->payload, frame->len) ? ERR_OK : ERR_WOULDBLOCK;
  struct pbuf *whole = pbuf_clone(PBUF_RAW, PBUF_RAM, frame);
  if (whole == NULL) return ERR_MEM;
  const bool sent = lan9118_send(whole->payload, whole->len);
  pbuf_free(whole);
  return sent ? ERR_OK : ERR_WOULDBLOCK;
}

err_t lan9118_netif_open(struct netif *netif) {
  const uint32_t mac = lan9118_mac();
  const uint16_t mac_tail = lan9118_mac_tail();
  memcpy(netif->hwaddr, &mac, sizeof mac);
  memcpy(netif->hwaddr + sizeof mac, &mac_tail, sizeof mac_tail);
  netif->hwaddr_len = ETH_HWADDR_LEN;
  memcpy(netif->name, "en", sizeof netif->name);
  netif->mtu = MTU;
  netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
  netif->output = etharp_output;
  netif->linkoutput = send;
  return ERR_OK;
}

/** Hands the next frame to lwIP. @return false: there is none, or no buffer for it */
static bool receive(struct netif *netif) {
  struct pbuf *frame = pbuf_alloc(PBUF_RAW, LONGEST_FRAME, PBUF_POOL);
  if (frame == NULL) return false;
  uint32_t length;
  const bool received = lan9118_receive(frame->payload, LONGEST_FRAME, &length);
  if (received) frame_count++;
  if (!received || length > LONGEST_FRAME) {
    pbuf_free(frame);
    return received;
  }
  pbuf_realloc(frame, (u16_t)length);
  if (netif->input(frame, netif) != ERR_OK) pbuf_free(frame);
  return true;
}

bool lan9118_netif_poll(struct netif *netif) {
  const bool is_up = lan9118_is_up();
  if (is_up && !netif_is_link_up(netif)) netif_set_link_up(netif);
  if (!is_up && netif_is_link_up(netif)) netif_set_link_down(netif);
  for (uint32_t count = 0; count < LAN9118_NETIF_FRAMES; count++) {
    if (!receive(netif)) return false;
  }
  return true;
}
