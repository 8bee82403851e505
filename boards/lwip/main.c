/** A device with an IP stack: lwIP on the MPS2, whose address comes from Leasehold's client. What lwIP was given is logged. */
#include "cortex-m.h"
#include "entropy.h"
#include "lan9118-netif.h"
#include "lan9118.h"
#include "leasehold.h"
#include "log.h"
#include "port-lwip.h"
#include "port.h"

#include "lwip/dns.h"
#include "lwip/init.h"
#include "lwip/sys.h"
#include "lwip/timeouts.h"

static struct netif netif;
NETIF_DECLARE_EXT_CALLBACK(network_callback)

u32_t sys_now(void) { return (u32_t)port_milliseconds(); }

uint32_t random_word(void) {
  uint32_t seed[2];
  entropy_add(cortex_m_clock_fraction());
  entropy_take(seed);
  return seed[0];
}

void port_report(void) {
  log_number("frames", lan9118_netif_frames());
  log_number("stack", cortex_m_stack_used());
  log_number("lost", lan9118_lost() + port_lwip_lost());
  log_number("faults", cortex_m_fault_count());
}

/** Called by lwIP when something has changed, once for all of it. */
static void tell_network(struct netif *changed, netif_nsc_reason_t reason, const netif_ext_callback_args_t *details) {
  (void)details;
  if (!(reason & (LWIP_NSC_IPV4_ADDRESS_CHANGED | LWIP_NSC_IPV4_NETMASK_CHANGED | LWIP_NSC_IPV4_GATEWAY_CHANGED))) return;
  log_begin("network");
  log_address("address", lwip_ntohl(ip4_addr_get_u32(netif_ip4_addr(changed))));
  log_address("mask", lwip_ntohl(ip4_addr_get_u32(netif_ip4_netmask(changed))));
  log_address("router", lwip_ntohl(ip4_addr_get_u32(netif_ip4_gw(changed))));
  log_address("resolver", lwip_ntohl(ip4_addr_get_u32(ip_2_ip4(dns_getserver(0)))));
  log_end();
}

static void start(void) {
  leasehold_start();
  lwip_init();
  netif_add_ext_callback(&network_callback, tell_network);
  netif_add(&netif, NULL, NULL, NULL, NULL, lan9118_netif_open, port_lwip_input);
  netif_set_default(&netif);
  netif_set_up(&netif);
  if (port_lwip_open(&netif) != ERR_OK) port_fail("port 68 can't be had: raise MEMP_NUM_UDP_PCB, and set LWIP_DHCP to 0");
}

int main(void) {
  start();
  for (;;) {
    const bool more = lan9118_netif_poll(&netif);
    sys_check_timeouts();
    const uint32_t wait = leasehold_poll();
    const uint32_t timeout = sys_timeouts_sleeptime();
    if (!more) port_wait(timeout < wait ? timeout : wait);
  }
}
