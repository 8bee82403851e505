/** The lease on the interface: what is wanted is compared with what was put there. */
#include "link.h"

#include "interfaces.h"
#include "netlink.h"
#include "say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/** Narrowest route that may be taken without leave: the largest network ever allocated as one. */
#define WIDEST_PREFIX 8

/** RFC 791: every host takes datagrams of 576 bytes; below that DHCP itself would not pass. */
#define SMALLEST_MTU 576

/** What is on the interface by us, or is to be. */
struct applied {
  uint32_t address;
  uint8_t prefix_length;
  /** 0: the interface's own. */
  uint32_t mtu;
  struct route routes[ROUTE_LIST_SIZE];
  uint32_t route_count;
};

static const struct link_settings *own;
static struct applied present;

void link_open(const struct link_settings *settings) { own = settings; }

/** Why a route may not be set; null: it may. */
static const char *route_fault(const struct route *route) {
  const uint32_t first = route->router >> 24;
  if (route->router != 0 && (first == 0 || first == 127 || first >= 224)) return "the router is no unicast address";
  if (route->prefix_length == 0) return NULL;
  if (route->destination >> 24 == 127) return "loopback is never routed";
  if (route->prefix_length < WIDEST_PREFIX && !own->wide_routes) return "wider than /8 (allow with --wide-routes)";
  return NULL;
}

/** Sorts parameters into what may be applied and what may not; routes on the link come first, as those by routers need them. */
static void permit(const struct parameters *parameters, struct applied *wanted) {
  char text[48];
  for (uint32_t index = 0; index < parameters->route_count; index++) {
    const struct route *route = &parameters->routes[index];
    const char *fault = route_fault(route);
    if (fault != NULL) say("route %s refused: %s", format_route(text, route), fault);
  }
  for (int routed = 0; routed <= 1; routed++) {
    for (uint32_t index = 0; index < parameters->route_count; index++) {
      const struct route *route = &parameters->routes[index];
      if ((route->router != 0) == routed && route_fault(route) == NULL) wanted->routes[wanted->route_count++] = *route;
    }
  }
  wanted->mtu = parameters->interface_mtu;
  if (wanted->mtu != 0 && (wanted->mtu < SMALLEST_MTU || wanted->mtu > own->own_mtu)) {
    say("MTU %u refused: outside %u to %u, the link's own", wanted->mtu, SMALLEST_MTU, own->own_mtu);
    wanted->mtu = 0;
  }
}

/** The mask that RFC 2131's time implied where a server names none (RFC 950): by the class of the address. */
static uint32_t classful_mask(uint32_t address) {
  const uint32_t first = address >> 24;
  return first < 128 ? 0xff000000 : first < 192 ? 0xffff0000 : 0xffffff00;
}

static bool same_route(const struct route *one, const struct route *other) {
  return one->destination == other->destination && one->prefix_length == other->prefix_length && one->router == other->router;
}

static bool has_route(const struct applied *applied, const struct route *route) {
  for (uint32_t index = 0; index < applied->route_count; index++) {
    if (same_route(&applied->routes[index], route)) return true;
  }
  return false;
}

/** Ends the program if the kernel refused. */
static void expect(int error, const char *what) {
  if (error == 0) return;
  fail("%s can't be set: %s. Changing an interface needs CAP_NET_ADMIN.", what, strerror(error));
}

/** Says so if the kernel could not take something away that is still there. */
static void expect_gone(int error, const char *what) {
  if (error == 0 || error == ESRCH || error == ENODEV || error == EADDRNOTAVAIL || error == ENETUNREACH) return;
  say("%s can't be taken away: %s", what, strerror(error));
}

static void remove_route(const struct route *route) {
  char text[48];
  expect_gone(netlink_remove_route(own->interface_index, route, own->metric), format_route(text, route));
}

static void set_routes(const struct applied *wanted) {
  char text[48];
  for (uint32_t index = 0; index < wanted->route_count; index++) {
    const struct route *route = &wanted->routes[index];
    expect(netlink_set_route(own->interface_index, route, own->metric), format_route(text, route));
  }
}

static void tell(const struct applied *applied) {
  char address[16];
  char route[48];
  char line[512];
  int length = snprintf(line, sizeof line, "%s/%u is set", format_address(address, applied->address), applied->prefix_length);
  for (uint32_t index = 0; index < applied->route_count && length < (int)sizeof line; index++) {
    const char *between = index == 0 ? ", with " : ", ";
    length += snprintf(line + length, sizeof line - (size_t)length, "%s%s", between,
                       format_route(route, &applied->routes[index]));
  }
  say("%s", line);
}

void link_apply(uint32_t address, uint32_t subnet_mask, uint32_t lifetime, const struct parameters *parameters) {
  static struct applied wanted;
  static struct applied before;
  char text[16];
  wanted = (struct applied){
      .address = address,
      .prefix_length = prefix_of_mask(subnet_mask != 0 ? subnet_mask : classful_mask(address)),
  };
  if (parameters != NULL) permit(parameters, &wanted);
  if (present.address != address || present.prefix_length != wanted.prefix_length) link_withdraw();
  before = present;
  present = wanted;
  const uint32_t mtu = wanted.mtu != 0 ? wanted.mtu : own->own_mtu;
  if (wanted.mtu != before.mtu) expect(netlink_set_mtu(own->interface_index, mtu), "the MTU");
  expect(netlink_set_address(own->interface_index, address, wanted.prefix_length, lifetime), format_address(text, address));
  for (uint32_t index = 0; index < before.route_count; index++) {
    if (!has_route(&wanted, &before.routes[index])) remove_route(&before.routes[index]);
  }
  set_routes(&wanted);
  tell(&wanted);
}

void link_withdraw(void) {
  static struct applied leaving;
  char text[16];
  if (present.address == 0) return;
  leaving = present;
  present.address = 0;
  present.route_count = 0;
  for (uint32_t index = leaving.route_count; index > 0; index--) remove_route(&leaving.routes[index - 1]);
  expect_gone(netlink_remove_address(own->interface_index, leaving.address, leaving.prefix_length),
              format_address(text, leaving.address));
  if (leaving.mtu != 0) expect_gone(netlink_set_mtu(own->interface_index, own->own_mtu), "the MTU");
  present.mtu = 0;
}
