/** One request at a time, each acknowledged by the kernel before the next. */
#include "netlink.h"

#include "say.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

static int kernel = -1;
static uint32_t sequence;

/** A request under construction: head, the family's own head, attributes. */
struct request {
  _Alignas(struct nlmsghdr) uint8_t bytes[256];
};

void open_netlink(void) {
  const struct sockaddr_nl own = {.nl_family = AF_NETLINK};
  kernel = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (kernel < 0 || bind(kernel, (const struct sockaddr *)&own, sizeof own) != 0)
    fail("The kernel can't be told of addresses: %s.", strerror(errno));
}

static struct nlmsghdr *head_of(struct request *request) { return (struct nlmsghdr *)(void *)request->bytes; }

/** Begins a request with the family's head of `size` bytes. */
static void begin(struct request *request, uint16_t type, uint16_t flags, const void *family_head, uint32_t size) {
  memset(request, 0, sizeof *request);
  *head_of(request) = (struct nlmsghdr){.nlmsg_len = NLMSG_LENGTH(size),
                                        .nlmsg_type = type,
                                        .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags),
                                        .nlmsg_seq = ++sequence};
  memcpy(NLMSG_DATA(head_of(request)), family_head, size);
}

/** Adds an attribute; all that are ever added to one request fit it. */
static void add(struct request *request, uint16_t type, const void *value, uint16_t size) {
  struct nlmsghdr *head = head_of(request);
  const uint32_t at = NLMSG_ALIGN(head->nlmsg_len);
  const struct rtattr attribute = {.rta_len = (uint16_t)RTA_LENGTH(size), .rta_type = type};
  memcpy(request->bytes + at, &attribute, sizeof attribute);
  memcpy(request->bytes + at + RTA_LENGTH(0), value, size);
  head->nlmsg_len = at + RTA_ALIGN(attribute.rta_len);
}

static void add_number(struct request *request, uint16_t type, uint32_t value) { add(request, type, &value, sizeof value); }

static void add_address(struct request *request, uint16_t type, uint32_t address) {
  add_number(request, type, htonl(address));
}

/** Sends a request and waits for the kernel's answer to it. */
static int conclude(struct request *request) {
  struct request answer;
  const struct nlmsghdr *head = head_of(request);
  if (send(kernel, request, head->nlmsg_len, 0) < 0) return errno;
  for (;;) {
    const ssize_t length = recv(kernel, &answer, sizeof answer, 0);
    if (length < 0 && errno != EINTR) return errno;
    if (length < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr))) continue;
    const struct nlmsghdr *answered = head_of(&answer);
    if (answered->nlmsg_seq != sequence || answered->nlmsg_type != NLMSG_ERROR) continue;
    return -((const struct nlmsgerr *)NLMSG_DATA(answered))->error;
  }
}

static void begin_address(struct request *request, uint16_t type, uint16_t flags, int interface_index, uint32_t address,
                          uint8_t prefix_length) {
  const struct ifaddrmsg head = {
      .ifa_family = AF_INET, .ifa_prefixlen = prefix_length, .ifa_index = (uint32_t)interface_index};
  begin(request, type, flags, &head, sizeof head);
  add_address(request, IFA_LOCAL, address);
  add_address(request, IFA_ADDRESS, address);
}

int netlink_set_address(int interface_index, uint32_t address, uint8_t prefix_length, uint32_t lifetime) {
  struct request request;
  const struct ifa_cacheinfo times = {.ifa_prefered = lifetime, .ifa_valid = lifetime};
  begin_address(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, interface_index, address, prefix_length);
  add(&request, IFA_CACHEINFO, &times, sizeof times);
  return conclude(&request);
}

int netlink_remove_address(int interface_index, uint32_t address, uint8_t prefix_length) {
  struct request request;
  begin_address(&request, RTM_DELADDR, 0, interface_index, address, prefix_length);
  return conclude(&request);
}

static int change_route(uint16_t type, uint16_t flags, int interface_index, const struct route *route, uint32_t metric) {
  struct request request;
  const bool routed = route->router != 0;
  const bool removes = type == RTM_DELROUTE;
  const struct rtmsg head = {
      .rtm_family = AF_INET,
      .rtm_dst_len = route->prefix_length,
      .rtm_table = RT_TABLE_MAIN,
      .rtm_protocol = RTPROT_DHCP,
      .rtm_scope = removes ? RT_SCOPE_NOWHERE : routed ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
      .rtm_type = removes ? RTN_UNSPEC : RTN_UNICAST,
      .rtm_flags = routed ? RTNH_F_ONLINK : 0,
  };
  begin(&request, type, flags, &head, sizeof head);
  if (route->prefix_length > 0) add_address(&request, RTA_DST, route->destination);
  if (routed) add_address(&request, RTA_GATEWAY, route->router);
  add_number(&request, RTA_OIF, (uint32_t)interface_index);
  if (metric != NETLINK_NO_METRIC) add_number(&request, RTA_PRIORITY, metric);
  return conclude(&request);
}

int netlink_set_route(int interface_index, const struct route *route, uint32_t metric) {
  return change_route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, interface_index, route, metric);
}

int netlink_remove_route(int interface_index, const struct route *route, uint32_t metric) {
  return change_route(RTM_DELROUTE, 0, interface_index, route, metric);
}

int netlink_set_mtu(int interface_index, uint32_t mtu) {
  struct request request;
  const struct ifinfomsg head = {.ifi_family = AF_UNSPEC, .ifi_index = interface_index};
  begin(&request, RTM_NEWLINK, 0, &head, sizeof head);
  add_number(&request, IFLA_MTU, mtu);
  return conclude(&request);
}

int netlink_bring_up(int interface_index) {
  struct request request;
  const struct ifinfomsg head = {
      .ifi_family = AF_UNSPEC, .ifi_index = interface_index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  begin(&request, RTM_NEWLINK, 0, &head, sizeof head);
  return conclude(&request);
}
