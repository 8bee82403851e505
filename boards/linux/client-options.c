/** One table of options, one switch that takes them. */
#include "client-options.h"

#include "command-line.h"
#include "netlink.h"
#include "say.h"

#include <stddef.h>
#include <string.h>

enum {
  OPTION_INTERFACE,
  OPTION_ONCE,
  OPTION_RELEASE,
  OPTION_TIMEOUT,
  OPTION_REQUEST,
  OPTION_LEASE_TIME,
  OPTION_CLIENT_ID,
  OPTION_HOST_NAME,
  OPTION_VENDOR_CLASS,
  OPTION_BROADCAST,
  OPTION_PREFER_SERVER,
  OPTION_ALLOW_SERVER,
  OPTION_DENY_SERVER,
  OPTION_OFFER_WINDOW,
  OPTION_STATE,
  OPTION_HOOK,
  OPTION_METRIC,
  OPTION_RESOLVER,
  OPTION_WIDE_ROUTES,
  OPTION_NO_CONFIGURE,
  OPTION_NO_PROBE,
  OPTION_START_DELAY,
  OPTION_VERBOSE,
  OPTION_COUNT,
};

static const struct option table[OPTION_COUNT + 1] = {
    [OPTION_INTERFACE] = {"interface", "NAME", 'i', false, "The interface to configure."},
    [OPTION_ONCE] = {"once", NULL, 0, false,
                     "Leave as soon as the address is set; the kernel withdraws it when the lease ends."},
    [OPTION_RELEASE] = {"release", NULL, 0, false, "Give back the lease that is held or remembered, and end."},
    [OPTION_TIMEOUT] = {"timeout", "SECONDS", 0, false, "With --once, --release: give up after this time; 60."},
    [OPTION_REQUEST] = {"request", "ADDRESS", 0, false, "An address to prefer."},
    [OPTION_LEASE_TIME] = {"lease-time", "TIME", 0, false,
                           "A lease time to prefer: seconds, 30m, 12h, 7d or infinite."},
    [OPTION_CLIENT_ID] = {"client-id", "HEX", 0, false,
                          "Client identifier (option 61), its type byte first. Left out: 01 and the hardware address."},
    [OPTION_HOST_NAME] = {"host-name", "NAME", 0, false, "Host name to tell the server (option 12)."},
    [OPTION_VENDOR_CLASS] = {"vendor-class", "TEXT", 0, false, "Vendor class identifier (option 60)."},
    [OPTION_BROADCAST] = {"broadcast", NULL, 0, false, "Ask servers to broadcast their answers."},
    [OPTION_PREFER_SERVER] = {"prefer-server", "ADDRESS", 0, false, "Take this server's offer as soon as it comes."},
    [OPTION_ALLOW_SERVER] = {"allow-server", "ADDRESS", 0, true, "Listen to this server; may be repeated."},
    [OPTION_DENY_SERVER] = {"deny-server", "ADDRESS", 0, true, "Never listen to it; may be repeated."},
    [OPTION_OFFER_WINDOW] = {"offer-window", "MS", 0, false,
                             "How long offers are collected after the first, in ms; 200."},
    [OPTION_STATE] = {"state", "DIR", 0, false, "Where the lease is remembered; /var/lib/leasehold."},
    [OPTION_HOOK] = {"hook", "PATH", 0, false, "A program to run at every change, told by its environment."},
    [OPTION_METRIC] = {"metric", "NUMBER", 0, false, "Metric of the routes."},
    [OPTION_RESOLVER] = {"resolver", "FILE", 0, false,
                         "The resolver's file; /etc/resolv.conf. \"none\" leaves it alone."},
    [OPTION_WIDE_ROUTES] = {"wide-routes", NULL, 0, false, "Accept routes wider than /8 from the server."},
    [OPTION_NO_CONFIGURE] = {"no-configure", NULL, 0, false, "Leave the interface and the resolver alone."},
    [OPTION_NO_PROBE] = {"no-probe", NULL, 0, false,
                         "Do not ask on the link whether somebody has the address (RFC 5227)."},
    [OPTION_START_DELAY] = {"start-delay", "SECONDS", 0, false,
                            "Longest random delay before the first message; 1. RFC 2131 has 10, for fleets."},
    [OPTION_VERBOSE] = {"verbose", NULL, 'v', false, "Say each change of state."},
};

static const struct program program = {
    .name = "leasehold-client",
    .usage = "--interface NAME [options]",
    .description = "Obtains an address by DHCP, puts it onto the interface with its routes and name servers, and keeps it\n"
                   "until stopped.\n\n"
                   "INT and TERM stop it: the address is taken away, but the lease is remembered and asked for again at the next\n"
                   "start. USR1 gives the lease back and stops. HUP renews it now. USR2 shows the counters.",
    .options = table,
};

static void add_server(const char *option, const char *text, uint32_t *list, uint8_t *count) {
  if (*count == SERVER_LIST_SIZE) fail_usage("--%s stands here too often. Give at most %d.", option, SERVER_LIST_SIZE);
  list[(*count)++] = read_address(option, text);
}

static const char *option_text(const char *option, const char *text) {
  if (strlen(text) > 255 || text[0] == 0) fail_usage("--%s: give 1 to 255 bytes.", option);
  return text;
}

static void set_task(struct client_options *options, enum client_task task) {
  if (options->task != TASK_KEEP) fail_usage("--once and --release exclude each other. Keep one of them.");
  options->task = task;
}

static void take(struct client_options *options, int index, const char *value) {
  const char *name = table[index].name;
  switch (index) {
    case OPTION_INTERFACE: options->interface_name = read_interface_name(value); break;
    case OPTION_ONCE: set_task(options, TASK_ONCE); break;
    case OPTION_RELEASE: set_task(options, TASK_RELEASE); break;
    case OPTION_TIMEOUT: options->timeout_seconds = read_number(name, value, 1, 86400); break;
    case OPTION_REQUEST: options->requested_address = read_address(name, value); break;
    case OPTION_LEASE_TIME: options->requested_lease_seconds = read_lease_time(name, value); break;
    case OPTION_CLIENT_ID: options->identifier_length = read_identifier(name, value, options->identifier); break;
    case OPTION_HOST_NAME: options->host_name = option_text(name, value); break;
    case OPTION_VENDOR_CLASS: options->vendor_class = option_text(name, value); break;
    case OPTION_BROADCAST: options->flags |= LEASEHOLD_CLIENT_FLAG_BROADCAST; break;
    case OPTION_PREFER_SERVER: options->preferred_server = read_address(name, value); break;
    case OPTION_ALLOW_SERVER: add_server(name, value, options->allowed, &options->allow_count); break;
    case OPTION_DENY_SERVER: add_server(name, value, options->denied, &options->deny_count); break;
    case OPTION_OFFER_WINDOW: options->offer_window_milliseconds = read_number(name, value, 0, 60000); break;
    case OPTION_STATE: options->state = value; break;
    case OPTION_HOOK: options->hook = value; break;
    case OPTION_METRIC: options->metric = read_number(name, value, 0, UINT32_MAX - 1); break;
    case OPTION_RESOLVER: options->resolver = strcmp(value, "none") == 0 ? NULL : value; break;
    case OPTION_WIDE_ROUTES: options->wide_routes = true; break;
    case OPTION_NO_CONFIGURE: options->configure = false; break;
    case OPTION_NO_PROBE: options->flags &= ~(uint32_t)LEASEHOLD_CLIENT_FLAG_PROBE; break;
    case OPTION_START_DELAY: options->start_delay_seconds = read_number(name, value, 0, 600); break;
    case OPTION_VERBOSE: options->verbose = true; break;
  }
}

void read_client_options(int word_count, char **words, struct client_options *options) {
  *options = (struct client_options){
      .timeout_seconds = 60,
      .state = "/var/lib/leasehold",
      .metric = NETLINK_NO_METRIC,
      .resolver = "/etc/resolv.conf",
      .configure = true,
      .flags = LEASEHOLD_CLIENT_FLAG_PROBE,
      .offer_window_milliseconds = 200,
      .start_delay_seconds = 1,
  };
  struct command_line line = command_line_of(&program, word_count, words);
  const char *value;
  for (int index; (index = command_line_next(&line, &value)) != COMMAND_LINE_END;) {
    if (index == COMMAND_LINE_WORD) fail_usage("\"%s\" is one word too many. `%s --help` shows the options.", value, program.name);
    take(options, index, value);
  }
  if (options->interface_name == NULL) fail_usage("--interface is missing. Name one: %s --interface lan0", program.name);
}

/** Parameters asked for (option 55): those that this host can apply or hand to a hook, in order of weight. */
static const uint8_t requested_parameters[] = {1, 121, 3, 6, 15, 12, 26, 28, 42, 51, 54, 58, 59, 119};

static uint32_t put_option(uint8_t *at, uint8_t code, const void *value, size_t length) {
  at[0] = code;
  at[1] = (uint8_t)length;
  memcpy(at + 2, value, length);
  return (uint32_t)length + 2;
}

static uint32_t put_options(const struct client_options *options, uint8_t *at) {
  uint32_t length = put_option(at, LEASEHOLD_OPTION_CODE_PARAMETER_REQUEST_LIST, requested_parameters, sizeof requested_parameters);
  if (options->host_name != NULL)
    length += put_option(at + length, LEASEHOLD_OPTION_CODE_HOST_NAME, options->host_name, strlen(options->host_name));
  if (options->vendor_class != NULL)
    length += put_option(at + length, LEASEHOLD_OPTION_CODE_VENDOR_CLASS_IDENTIFIER, options->vendor_class,
                         strlen(options->vendor_class));
  return length;
}

/** The identifier that was given, or 01 and the hardware address. */
static uint8_t put_identifier(const struct client_options *options, const uint8_t mac[6], uint8_t *at) {
  enum { ETHERNET = 1 };
  if (options->identifier_length > 0) {
    memcpy(at, options->identifier, options->identifier_length);
    return options->identifier_length;
  }
  at[0] = ETHERNET;
  memcpy(at + 1, mac, 6);
  return 7;
}

_Static_assert(sizeof(struct leasehold_client_configuration) + 2 * 4 * SERVER_LIST_SIZE + 255 + 2 + sizeof requested_parameters +
                       2 * (2 + 255) <=
                   CONFIGURATION_SIZE,
               "CONFIGURATION_SIZE: the longest lists do not fit");

uint32_t encode_configuration(const struct client_options *options, const uint8_t mac[6],
                              uint8_t configuration[CONFIGURATION_SIZE]) {
  enum { FIRST_RETRANSMISSION_MILLISECONDS = 4000, TRIES = 4 };
  const uint32_t delay = options->start_delay_seconds * 1000;
  struct leasehold_client_configuration record = {
      .magic = LEASEHOLD_CLIENT_CONFIGURATION_MAGIC,
      .version = LEASEHOLD_CLIENT_CONFIGURATION_VERSION,
      .flags = options->flags,
      .requested_address = options->requested_address,
      .requested_lease_seconds = options->requested_lease_seconds,
      .preferred_server = options->preferred_server,
      .offer_window_milliseconds = options->offer_window_milliseconds,
      .initial_delay_minimum_milliseconds = delay / 10,
      .initial_delay_maximum_milliseconds = delay,
      .first_retransmission_milliseconds = FIRST_RETRANSMISSION_MILLISECONDS,
      .longest_retransmission_milliseconds = 16 * FIRST_RETRANSMISSION_MILLISECONDS,
      .request_tries = TRIES,
      .reboot_tries = TRIES,
      .inform_tries = TRIES,
      .allow_count = options->allow_count,
      .deny_count = options->deny_count,
  };
  uint32_t at = sizeof record;
  memcpy(configuration + at, options->allowed, 4u * options->allow_count);
  at += 4u * options->allow_count;
  memcpy(configuration + at, options->denied, 4u * options->deny_count);
  at += 4u * options->deny_count;
  record.identifier_length = put_identifier(options, mac, configuration + at);
  at += record.identifier_length;
  record.options_length = (uint16_t)put_options(options, configuration + at);
  at += record.options_length;
  record.size = (uint16_t)at;
  memcpy(configuration, &record, sizeof record);
  return at;
}
