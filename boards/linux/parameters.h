/**
 * What a DHCPACK gives, read for the host that applies it: addresses, routes, names. The core has checked the message and the lease;
 * here every other option is read with its own form (RFC 2132, 3397, 3442), and one that is malformed is left out.
 */
#ifndef LEASEHOLD_LINUX_PARAMETERS_H
#define LEASEHOLD_LINUX_PARAMETERS_H

#include <stdbool.h>
#include <stdint.h>

/** Bytes of the longest DHCPACK that is kept, and so of its longest option. */
#define ACKNOWLEDGEMENT_SIZE 1536

/** Addresses that an option of this size holds at most. */
#define ADDRESS_LIST_SIZE (ACKNOWLEDGEMENT_SIZE / 4)

/** Routes that an option of this size holds at most: five bytes each. */
#define ROUTE_LIST_SIZE (ACKNOWLEDGEMENT_SIZE / 5)

/** Bytes of the longest host name, with its end. */
#define NAME_SIZE 254

/** Bytes of all names of a search list with a space between them; names beyond are left out. */
#define SEARCH_LIST_SIZE 2048

/** A prefix length that was not given. */
#define NO_PREFIX_LENGTH 255

/** A route to be set: RFC 3442, or a router of option 3. Addresses are numbers. */
struct route {
  /** Network address; with a prefix length of 0 the default route. */
  uint32_t destination;
  /** 0: the destination is on the link itself. */
  uint32_t router;
  uint8_t prefix_length;
};

/** Addresses in the server's order; 0.0.0.0, which pads some, is left out. */
struct address_list {
  uint32_t addresses[ADDRESS_LIST_SIZE];
  uint32_t count;
};

/** Parameters of one DHCPACK. Names are empty where there is none that can be handed to a resolver without quoting. */
struct parameters {
  /** By option 1, or NO_PREFIX_LENGTH. */
  uint8_t prefix_length;
  /** Option 121 where present, else a default route by the first router of option 3 (RFC 3442: 121 replaces 3). */
  struct route routes[ROUTE_LIST_SIZE];
  uint32_t route_count;
  struct address_list domain_name_servers;
  struct address_list network_time_servers;
  char domain_name[NAME_SIZE];
  char host_name[NAME_SIZE];
  /** The names of option 119, with a space between them. */
  char domain_search[SEARCH_LIST_SIZE];
  /** Option 26 in bytes, or 0. */
  uint16_t interface_mtu;
};

/**
 * The whole value of an option: overload undone (RFC 2132 §9.3), parts joined (RFC 3396).
 * @param value receives it
 * @return its length; -1: the message has no such option
 */
int read_option(const uint8_t *message, uint32_t length, uint8_t code, uint8_t value[ACKNOWLEDGEMENT_SIZE]);

/** Reads a DHCPACK of at most ACKNOWLEDGEMENT_SIZE bytes. */
void read_parameters(const uint8_t *message, uint32_t length, struct parameters *parameters);

/** "192.0.2.1": 16 bytes with its end. @return `text` */
const char *format_address(char text[16], uint32_t address);

/** "192.0.2.0/24 via 192.0.2.1": 48 bytes with its end. @return `text` */
const char *format_route(char text[48], const struct route *route);

#endif
