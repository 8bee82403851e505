/**
 * The configuration of a board's client: the delays of RFC 2131, the address probed (RFC 5227) and answered for, since there is no
 * IP stack beside the core, and the parameters that a small device can use. A board that wants it otherwise links a file of its own
 * instead; `ClientConfiguration` in `build/core.h` says what each field means.
 */
#include "port.h"

/** `ClientFlag`s. */
#ifndef CLIENT_FLAGS
#define CLIENT_FLAGS LEASEHOLD_CLIENT_FLAG_PROBE | LEASEHOLD_CLIENT_FLAG_ANSWER_ARP
#endif

/** Milliseconds before the first DHCPDISCOVER, by chance between these (RFC 2131 §4.4.1: 1 to 10 s). */
#ifndef CLIENT_INITIAL_DELAY_MINIMUM
#define CLIENT_INITIAL_DELAY_MINIMUM 1000
#endif
#ifndef CLIENT_INITIAL_DELAY_MAXIMUM
#define CLIENT_INITIAL_DELAY_MAXIMUM 10000
#endif

/** Parameter Request List (RFC 2132 §9.8), in the order of preference. */
#ifndef CLIENT_REQUESTED
#define CLIENT_REQUESTED                                                                                               \
  LEASEHOLD_OPTION_CODE_SUBNET_MASK, LEASEHOLD_OPTION_CODE_CLASSLESS_STATIC_ROUTE, LEASEHOLD_OPTION_CODE_ROUTER,       \
      LEASEHOLD_OPTION_CODE_DOMAIN_NAME_SERVER, LEASEHOLD_OPTION_CODE_DOMAIN_NAME,                                     \
      LEASEHOLD_OPTION_CODE_INTERFACE_MTU, LEASEHOLD_OPTION_CODE_BROADCAST_ADDRESS
#endif
#define REQUESTED_COUNT sizeof((const uint8_t[]){CLIENT_REQUESTED})

struct client_configuration {
  struct leasehold_client_configuration head;
  uint8_t options[2 + REQUESTED_COUNT];
};

/** Bytes of the record and its options, without the padding that the compiler adds. */
#define CONFIGURATION_SIZE (offsetof(struct client_configuration, options) + 2 + REQUESTED_COUNT)

static const struct client_configuration configuration = {
    .head =
        {
            .magic = LEASEHOLD_CLIENT_CONFIGURATION_MAGIC,
            .version = LEASEHOLD_CLIENT_CONFIGURATION_VERSION,
            .size = CONFIGURATION_SIZE,
            .flags = CLIENT_FLAGS,
            .initial_delay_minimum_milliseconds = CLIENT_INITIAL_DELAY_MINIMUM,
            .initial_delay_maximum_milliseconds = CLIENT_INITIAL_DELAY_MAXIMUM,
            .first_retransmission_milliseconds = 4000,
            .longest_retransmission_milliseconds = 64000,
            .request_tries = 4,
            .reboot_tries = 4,
            .inform_tries = 4,
            .options_length = 2 + REQUESTED_COUNT,
        },
    .options =
        {
            LEASEHOLD_OPTION_CODE_PARAMETER_REQUEST_LIST,
            REQUESTED_COUNT,
            CLIENT_REQUESTED,
        },
};

const uint8_t *port_configuration(uint32_t *size) {
  *size = CONFIGURATION_SIZE;
  return (const uint8_t *)&configuration;
}
