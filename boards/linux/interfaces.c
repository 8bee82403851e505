/** Interfaces by ioctl, which needs neither /sys nor privilege; changes by rtnetlink's groups. */
#include "interfaces.h"

#include "say.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int asking = -1;
static int changes = -1;

int open_interfaces(void) {
  struct sockaddr_nl groups = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR};
  asking = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  changes = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (asking < 0 || changes < 0 || bind(changes, (struct sockaddr *)&groups, sizeof groups) != 0)
    fail("The kernel can't be asked for its interfaces: %s.", strerror(errno));
  return changes;
}

/** Asks for one fact; false: there is no such interface, or it has no such thing. */
static bool ask(const char *name, unsigned long fact, struct ifreq *answer) {
  memset(answer, 0, sizeof *answer);
  strncpy(answer->ifr_name, name, sizeof answer->ifr_name - 1);
  return ioctl(asking, fact, answer) == 0;
}

/** Asks for an address in dotted form's number, or 0. */
static uint32_t ask_address(const char *name, unsigned long fact) {
  struct ifreq answer;
  struct sockaddr_in address;
  if (!ask(name, fact, &answer)) return 0;
  memcpy(&address, &answer.ifr_addr, sizeof address);
  return ntohl(address.sin_addr.s_addr);
}

bool read_interface(const char *name, struct kernel_interface *interface) {
  struct ifreq flags, index, mtu, hardware;
  *interface = (struct kernel_interface){.index = 0};
  if (!ask(name, SIOCGIFFLAGS, &flags) || !ask(name, SIOCGIFINDEX, &index) || !ask(name, SIOCGIFMTU, &mtu) ||
      !ask(name, SIOCGIFHWADDR, &hardware))
    return false;
  interface->index = index.ifr_ifindex;
  interface->up = (flags.ifr_flags & IFF_UP) != 0;
  interface->running = interface->up && (flags.ifr_flags & IFF_RUNNING) != 0;
  interface->htype = hardware.ifr_hwaddr.sa_family;
  memcpy(interface->mac, hardware.ifr_hwaddr.sa_data, sizeof interface->mac);
  interface->mtu = (uint32_t)mtu.ifr_mtu;
  interface->address = ask_address(name, SIOCGIFADDR);
  if (interface->address != 0) interface->prefix_length = prefix_of_mask(ask_address(name, SIOCGIFNETMASK));
  return true;
}

bool drain_changes(void) {
  uint8_t notice[8192];
  bool any = false;
  for (;;) {
    // What changed is asked anew, not read out of the notice: a lost one (ENOBUFS) says as much as a whole one.
    if (recv(changes, notice, sizeof notice, 0) >= 0 || errno == ENOBUFS) any = true;
    else if (errno != EINTR) return any;
  }
}

struct leasehold_interface_change describe_interface(const struct kernel_interface *interface) {
  struct leasehold_interface_change change = {
      .prefix_length = interface->prefix_length,
      .htype = (uint8_t)interface->htype,
      .address = interface->address,
      .network = LEASEHOLD_NETWORK_BY_ADDRESS,
      .mtu = (uint16_t)(interface->mtu > UINT16_MAX ? UINT16_MAX : interface->mtu),
  };
  memcpy(&change.mac, interface->mac, 4);
  memcpy(&change.mac_tail, interface->mac + 4, 2);
  return change;
}

uint8_t prefix_of_mask(uint32_t mask) {
  const uint32_t zeros = ~mask;
  if ((zeros & (zeros + 1)) != 0) return 32;
  return (uint8_t)(zeros == 0 ? 32 : __builtin_clz(zeros));
}
