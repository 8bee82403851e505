/* What the client asks for. Times are RFC 2131's; the identity is the interface's hardware address. */
#include "port.h"

/** Encoded options of DHCPDISCOVER and DHCPREQUEST: code, length, value. */
struct options {
  uint8_t parameter_request_list[2 + 6];
};

static const struct {
  struct leasehold_client_configuration fixed;
  struct options options;
} configuration = {
  .fixed =
    {
      .magic = LEASEHOLD_CLIENT_CONFIGURATION_MAGIC,
      .version = LEASEHOLD_CLIENT_CONFIGURATION_VERSION,
      .size = sizeof configuration,
      .flags = LEASEHOLD_CLIENT_FLAG_PROBE | LEASEHOLD_CLIENT_FLAG_ANSWER_ARP,
      .initial_delay_minimum_milliseconds = 1000,
      .initial_delay_maximum_milliseconds = 10000,
      .first_retransmission_milliseconds = 4000,
      .longest_retransmission_milliseconds = 64000,
      .request_tries = 4,
      .reboot_tries = 4,
      .inform_tries = 4,
      .options_length = sizeof(struct options),
    },
  .options =
    {
      .parameter_request_list =
        {
          LEASEHOLD_OPTION_CODE_PARAMETER_REQUEST_LIST,
          6,
          LEASEHOLD_OPTION_CODE_SUBNET_MASK,
          LEASEHOLD_OPTION_CODE_ROUTER,
          LEASEHOLD_OPTION_CODE_DOMAIN_NAME_SERVER,
          LEASEHOLD_OPTION_CODE_DOMAIN_NAME,
          LEASEHOLD_OPTION_CODE_RENEWAL_TIME_VALUE,
          LEASEHOLD_OPTION_CODE_REBINDING_TIME_VALUE,
        },
    },
};

_Static_assert(sizeof configuration == sizeof configuration.fixed + sizeof(struct options), "the options are a multiple of 8 bytes");

const uint8_t *port_configuration(uint32_t *size) {
  *size = sizeof configuration;
  return (const uint8_t *)&configuration;
}
