/**
 * The network and the lease by lwIP's raw interface. Datagrams to port 68 come through a UDP control block, ARP messages are
 * copied on their way into lwIP. What lwIP would not send rightly, because the address is not its own yet, leaves as a frame by
 * the netif's `linkoutput`; what goes to the server alone, from an address in use, leaves by UDP.
 *
 * lwIP answers ARP for the address, so that the client is configured not to.
 */
#include "port-lwip.h"

#include "acknowledgement.h"
#include "port.h"

#include "lwip/dns.h"
#include "lwip/etharp.h"
#include "lwip/prot/iana.h"
#include "lwip/udp.h"
#include "netif/ethernet.h"

#include <string.h>

#if LWIP_DHCP
#error "lwipopts.h: set LWIP_DHCP to 0, since Leasehold takes the place of dhcp.c"
#endif
#ifndef LWIP_IP_ACCEPT_UDP_PORT
#error "lwipopts.h: define LWIP_IP_ACCEPT_UDP_PORT(port) as ((port) == PP_NTOHS(68)), or no answer arrives before there is an address"
#endif

/** Bytes of an ARP message for IPv4 with its Ethernet header; what follows is padding. */
#define ARP_FRAME_SIZE (SIZEOF_ETH_HDR + SIZEOF_ETHARP_HDR - ETH_PAD_SIZE)

/** What has arrived for the client and was not taken yet. */
struct arrival {
  struct pbuf *packet;
  uint8_t kind;
  uint16_t source_port;
  uint32_t source_address;
  uint32_t destination_address;
};

static struct netif *own;
static struct udp_pcb *control_block;

/** A ring: `arrival_count` of them from `first_arrival` on. */
static struct arrival arrivals[PORT_LWIP_ARRIVALS];
static uint32_t first_arrival;
static uint32_t arrival_count;
static uint32_t lost;

uint32_t port_lwip_lost(void) { return lost; }

/** Lets something wait for the client; takes the packet over. */
static void keep(struct arrival arrival) {
  if (arrival_count == PORT_LWIP_ARRIVALS) {
    pbuf_free(arrival.packet);
    lost++;
    return;
  }
  arrivals[(first_arrival + arrival_count++) % PORT_LWIP_ARRIVALS] = arrival;
}

static uint32_t number_of(const ip4_addr_t *address) { return lwip_ntohl(ip4_addr_get_u32(address)); }

static ip4_addr_t address_of(uint32_t number) { return (ip4_addr_t)IPADDR4_INIT(lwip_htonl(number)); }

static void take_datagram(void *argument, struct udp_pcb *pcb, struct pbuf *packet, const ip_addr_t *source, u16_t source_port) {
  (void)argument;
  (void)pcb;
  keep((struct arrival){
      .packet = packet,
      .kind = LEASEHOLD_INPUT_KIND_DATAGRAM,
      .source_port = source_port,
      .source_address = number_of(ip_2_ip4(source)),
      .destination_address = number_of(ip4_current_dest_addr()),
  });
}

err_t port_lwip_open(struct netif *netif) {
  control_block = udp_new();
  if (control_block == NULL) return ERR_MEM;
  const err_t bound = udp_bind(control_block, IP4_ADDR_ANY, LWIP_IANA_PORT_DHCP_CLIENT);
  if (bound != ERR_OK) return bound;
  udp_bind_netif(control_block, netif);
  udp_recv(control_block, take_datagram, NULL);
  own = netif;
  return ERR_OK;
}

/** Copies a frame for the client if it is ARP. */
static void keep_arp(const struct pbuf *frame) {
  if (frame->tot_len < ETH_PAD_SIZE + ARP_FRAME_SIZE) return;
  u16_t type;
  pbuf_copy_partial(frame, &type, sizeof type, offsetof(struct eth_hdr, type));
  if (type != PP_HTONS(ETHTYPE_ARP)) return;
  struct pbuf *copy = pbuf_alloc(PBUF_RAW, ARP_FRAME_SIZE, PBUF_RAM);
  if (copy == NULL) {
    lost++;
    return;
  }
  pbuf_copy_partial(frame, copy->payload, ARP_FRAME_SIZE, ETH_PAD_SIZE);
  keep((struct arrival){.packet = copy, .kind = LEASEHOLD_INPUT_KIND_FRAME});
}

err_t port_lwip_input(struct pbuf *frame, struct netif *netif) {
  if (netif == own) keep_arp(frame);
  return ethernet_input(frame, netif);
}

uint32_t port_interface_count(void) { return 1; }

bool port_interface(uint32_t index, struct leasehold_interface_change *interface) {
  (void)index;
  static struct leasehold_interface_change told;
  if (own == NULL) return false;
  *interface = (struct leasehold_interface_change){
      .flags = netif_is_up(own) && netif_is_link_up(own) ? LEASEHOLD_INTERFACE_FLAG_UP : 0,
      .link_mode = LEASEHOLD_LINK_MODE_MIXED,
      .htype = LWIP_IANA_HWTYPE_ETHERNET,
      .network = LEASEHOLD_NETWORK_BY_ADDRESS,
      .mtu = own->mtu,
  };
  memcpy(&interface->mac, own->hwaddr, sizeof interface->mac);
  memcpy(&interface->mac_tail, own->hwaddr + sizeof interface->mac, sizeof interface->mac_tail);
  if (memcmp(interface, &told, sizeof told) == 0) return false;
  told = *interface;
  return true;
}

bool port_receive(struct leasehold_input_slot *slot, uint8_t *payload, uint32_t payload_size) {
  if (arrival_count == 0) return false;
  const struct arrival arrival = arrivals[first_arrival];
  first_arrival = (first_arrival + 1) % PORT_LWIP_ARRIVALS;
  arrival_count--;
  slot->kind = arrival.kind;
  slot->flags = arrival.packet->tot_len > payload_size ? LEASEHOLD_INPUT_FLAG_TRUNCATED : 0;
  slot->length = pbuf_copy_partial(arrival.packet, payload, (u16_t)payload_size, 0);
  slot->source_address = arrival.source_address;
  slot->destination_address = arrival.destination_address;
  slot->source_port = arrival.source_port;
  slot->destination_port = LWIP_IANA_PORT_DHCP_CLIENT;
  pbuf_free(arrival.packet);
  return true;
}

static err_t send_frame(struct pbuf *packet, const uint8_t *payload, uint32_t length) {
  pbuf_take_at(packet, payload, (u16_t)length, ETH_PAD_SIZE);
  return own->linkoutput(own, packet);
}

static err_t send_datagram(struct pbuf *packet, const struct leasehold_transmit_descriptor *message, const uint8_t *payload) {
  const ip_addr_t source = IPADDR4_INIT(lwip_htonl(message->source_address));
  const ip_addr_t destination = IPADDR4_INIT(lwip_htonl(message->destination_address));
  pbuf_take(packet, payload, (u16_t)message->length);
  return udp_sendto_if_src(control_block, packet, &destination, message->destination_port, own, &source);
}

bool port_send(const struct leasehold_transmit_descriptor *message, const uint8_t *payload) {
  const bool is_frame = message->kind == LEASEHOLD_TRANSMIT_KIND_FRAME;
  const u16_t length = (u16_t)message->length;
  struct pbuf *packet = is_frame ? pbuf_alloc(PBUF_RAW, length + ETH_PAD_SIZE, PBUF_RAM) : pbuf_alloc(PBUF_TRANSPORT, length, PBUF_RAM);
  if (packet == NULL) return false;
  const err_t error = is_frame ? send_frame(packet, payload, length) : send_datagram(packet, message, payload);
  pbuf_free(packet);
  // Anything else, such as a missing route, is no better the next time: the client asks again in its own time.
  return error != ERR_MEM && error != ERR_BUF && error != ERR_WOULDBLOCK;
}

/** The mask of an acknowledgement, or by the address's class (RFC 1122 §3.2.1.3) where it has none that is one. */
static ip4_addr_t mask_for(const struct leasehold_client_status *status) {
  const uint32_t mask = status->subnet_mask;
  if (mask != 0 && ip4_addr_netmask_valid(lwip_htonl(mask))) return address_of(mask);
  const uint32_t address = status->address;
  return address_of(IP_CLASSA(address) ? IP_CLASSA_NET : IP_CLASSB(address) ? IP_CLASSB_NET : IP_CLASSC_NET);
}

#if LWIP_DNS
/** The servers of the acknowledgement, and none in the places behind them. */
static void set_domain_name_servers(const uint8_t *acknowledgement, uint32_t length) {
  uint32_t servers[DNS_MAX_SERVERS];
  const uint32_t count = acknowledged_addresses(acknowledgement, length, LEASEHOLD_OPTION_CODE_DOMAIN_NAME_SERVER, servers, DNS_MAX_SERVERS);
  for (u8_t index = 0; index < DNS_MAX_SERVERS; index++) {
    const ip_addr_t server = IPADDR4_INIT(lwip_htonl(index < count ? servers[index] : 0));
    dns_setserver(index, &server);
  }
}
#endif

void port_apply(const struct leasehold_client_status *status, const uint8_t *acknowledgement) {
  if (own == NULL) return;
  const uint32_t length = acknowledgement != NULL ? status->acknowledgement_length : 0;
#if LWIP_DNS
  set_domain_name_servers(acknowledgement, length);
#endif
  if (status->address == 0) {
    netif_set_addr(own, NULL, NULL, NULL);
    return;
  }
  uint32_t router = 0;
  acknowledged_addresses(acknowledgement, length, LEASEHOLD_OPTION_CODE_ROUTER, &router, 1);
  const ip4_addr_t address = address_of(status->address);
  const ip4_addr_t mask = mask_for(status);
  const ip4_addr_t gateway = address_of(router);
  netif_set_addr(own, &address, &mask, &gateway);
}
