/**
 * Applies what the core reports: to the interface, to the resolver, to the memory on disk, and to the user's hook, in that order when a
 * lease comes, and the other way round when it goes.
 *
 * The core's own record of the lease is in the record store; the DHCPACK behind it, from which a lease that is used without an answer
 * takes its parameters, is in a file of its own.
 */
#include "client-lease.h"

#include "files.h"
#include "hook.h"
#include "link.h"
#include "netlink.h"
#include "parameters.h"
#include "port.h"
#include "resolver.h"
#include "run.h"
#include "say.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct client_options *own;
static struct link_settings settings;
static char memory_path[PATH_MAX];

/** The DHCPACK of the present lease, or of the remembered one. */
static uint8_t acknowledgement[ACKNOWLEDGEMENT_SIZE];
static uint32_t acknowledgement_length;
static struct parameters parameters;
static bool held;

static const char *const events[] = {
    [LEASEHOLD_LEASE_CHANGE_ACQUIRED] = "acquired", [LEASEHOLD_LEASE_CHANGE_EXTENDED] = "extended",
    [LEASEHOLD_LEASE_CHANGE_RESUMED] = "resumed",   [LEASEHOLD_LEASE_CHANGE_EXPIRED] = "expired",
    [LEASEHOLD_LEASE_CHANGE_REFUSED] = "refused",   [LEASEHOLD_LEASE_CHANGE_CONFLICT] = "conflict",
    [LEASEHOLD_LEASE_CHANGE_RELEASED] = "released", [LEASEHOLD_LEASE_CHANGE_STOPPED] = "stopped",
};

/** Leaves interface and resolver as they were found. */
static void withdraw(void) {
  if (own->resolver != NULL) resolver_withdraw(own->resolver, own->interface_name);
  link_withdraw();
}

void client_lease_open(const struct client_options *options, const struct kernel_interface *interface) {
  own = options;
  if (snprintf(memory_path, sizeof memory_path, "%s/client-%s.ack", options->state, options->interface_name) >= PATH_MAX)
    fail("The path of the state folder %s is too long.", options->state);
  const ssize_t length = read_file(memory_path, acknowledgement, sizeof acknowledgement);
  if (length < 0 && errno != ENOENT) say("%s can't be read: %s; it is not used", memory_path, strerror(errno));
  acknowledgement_length = length < 0 ? 0 : (uint32_t)length;
  run_prepare();
  if (options->hook != NULL) hook_check(options->hook);
  if (!options->configure) return;
  open_netlink();
  settings = (struct link_settings){.interface_index = interface->index,
                                    .own_mtu = interface->mtu,
                                    .metric = options->metric,
                                    .wide_routes = options->wide_routes};
  link_open(&settings);
  before_failing(withdraw);
  const int error = interface->up ? 0 : netlink_bring_up(interface->index);
  if (error != 0) fail("%s can't be brought up: %s. Changing an interface needs CAP_NET_ADMIN.", own->interface_name, strerror(error));
}

bool client_lease_is_held(void) { return held; }

bool client_lease_is_remembered(void) { return acknowledgement_length > 0; }

/** Seconds until the lease ends, rounded up, or NETLINK_FOREVER. */
static uint32_t lifetime(const struct leasehold_client_status *status) {
  const uint64_t now = port_milliseconds();
  if (status->expires_at == UINT64_MAX) return NETLINK_FOREVER;
  if (status->expires_at <= now) return 1;
  const uint64_t seconds = (status->expires_at - now + 999) / 1000;
  return seconds >= NETLINK_FOREVER ? NETLINK_FOREVER : (uint32_t)seconds;
}

static void bring(const struct leasehold_client_status *status) {
  if (!own->configure) return;
  const struct parameters *given = acknowledgement_length > 0 ? &parameters : NULL;
  link_apply(status->address, status->subnet_mask, lifetime(status), given);
  if (given != NULL && own->resolver != NULL) resolver_apply(own->resolver, own->interface_name, given);
}

static void take(const struct leasehold_client_status *status) {
  char address[16];
  if (own->configure) withdraw();
  if (status->change != LEASEHOLD_LEASE_CHANGE_STOPPED) acknowledgement_length = 0;
  if (status->change == LEASEHOLD_LEASE_CHANGE_CONFLICT)
    say("%s is used by another machine; it was declined", format_address(address, status->conflict_address));
}

/** What was given up, refused or has ended is not asked for again; what was merely stopped is. */
static void remember(void) {
  const bool kept = acknowledgement_length > 0
                        ? replace_file(memory_path, acknowledgement, acknowledgement_length, 0600)
                        : unlink(memory_path) == 0 || errno == ENOENT;
  if (!kept) say("the lease can't be remembered in %s: %s", memory_path, strerror(errno));
}

void client_lease_forget(void) {
  acknowledgement_length = 0;
  remember();
}

static void tell_hook(const struct leasehold_client_status *status) {
  if (own->hook == NULL) return;
  hook_run(own->hook, &(struct hook_event){
                          .event = events[status->change],
                          .interface_name = own->interface_name,
                          .address = status->address,
                          .server_identifier = status->server_identifier,
                          .lease_seconds = status->lease_seconds,
                          .parameters = status->address != 0 && acknowledgement_length > 0 ? &parameters : NULL,
                          .acknowledgement = acknowledgement,
                          .acknowledgement_length = acknowledgement_length,
                      });
}

/** One line on standard output for each change. */
static void print(const struct leasehold_client_status *status) {
  char address[16];
  char server[16];
  char time[24];
  if (status->lease_seconds == LEASEHOLD_INFINITE_SECONDS) snprintf(time, sizeof time, "ever");
  else snprintf(time, sizeof time, "%u s", status->lease_seconds);
  if (status->address == 0) printf("%s: %s\n", own->interface_name, events[status->change]);
  else
    printf("%s: %s %s from %s for %s\n", own->interface_name, events[status->change],
           format_address(address, status->address), format_address(server, status->server_identifier), time);
  fflush(stdout);
}

void port_apply(const struct leasehold_client_status *status, const uint8_t *received) {
  // What concerns no address (a DHCPINFORM) is never asked for here.
  if (status->change >= sizeof events / sizeof events[0] || events[status->change] == NULL) return;
  const bool renewed = received != NULL && status->acknowledgement_length <= sizeof acknowledgement;
  if (renewed) {
    acknowledgement_length = status->acknowledgement_length;
    memcpy(acknowledgement, received, acknowledgement_length);
  }
  if (acknowledgement_length > 0) read_parameters(acknowledgement, acknowledgement_length, &parameters);
  held = status->address != 0;
  if (held) bring(status);
  else take(status);
  if (renewed || acknowledgement_length == 0) remember();
  tell_hook(status);
  print(status);
}
