/** Options to values. Whatever a server sends: nothing outside an option is read, and no name leaves here that needs quoting. */
#include "parameters.h"

#include "core.h"
#include "interfaces.h"

#include <stdio.h>
#include <string.h>

enum { SNAME_AT = 44, FILE_AT = 108, COOKIE_AT = 236, OPTIONS_AT = 240 };
enum { OPTION_NTP_SERVERS = 42, OPTION_DOMAIN_SEARCH = 119 };

/** Appends the parts of an option that a field has; a field that is cut short is read up to there, as the core reads it. */
static void join_field(const uint8_t *field, uint32_t length, uint8_t code, uint8_t value[ACKNOWLEDGEMENT_SIZE], int *joined) {
  for (uint32_t at = 0; at < length && field[at] != LEASEHOLD_OPTION_CODE_END;) {
    const uint8_t found = field[at++];
    if (found == LEASEHOLD_OPTION_CODE_PAD) continue;
    if (at == length || at + 1 + field[at] > length) return;
    const uint8_t size = field[at++];
    if (found == code) {
      const int before = *joined < 0 ? 0 : *joined;
      // All parts lie in one message, which is no longer than the value may be.
      memcpy(value + before, field + at, size);
      *joined = before + size;
    }
    at += size;
  }
}

int read_option(const uint8_t *message, uint32_t length, uint8_t code, uint8_t value[ACKNOWLEDGEMENT_SIZE]) {
  int joined = -1;
  uint8_t said[ACKNOWLEDGEMENT_SIZE];
  int said_length = -1;
  if (length < OPTIONS_AT || length > ACKNOWLEDGEMENT_SIZE) return -1;
  join_field(message + OPTIONS_AT, length - OPTIONS_AT, LEASEHOLD_OPTION_CODE_OPTION_OVERLOAD, said, &said_length);
  const uint8_t overload = said_length == 1 ? said[0] : 0;
  join_field(message + OPTIONS_AT, length - OPTIONS_AT, code, value, &joined);
  if (overload & LEASEHOLD_OVERLOAD_FILE) join_field(message + FILE_AT, COOKIE_AT - FILE_AT, code, value, &joined);
  if (overload & LEASEHOLD_OVERLOAD_SNAME) join_field(message + SNAME_AT, FILE_AT - SNAME_AT, code, value, &joined);
  return joined;
}

static uint32_t read_number_at(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void read_addresses(const uint8_t *value, int length, struct address_list *list) {
  list->count = 0;
  if (length < 0 || length % 4 != 0) return;
  for (int at = 0; at < length; at += 4) {
    const uint32_t address = read_number_at(value + at);
    if (address != 0) list->addresses[list->count++] = address;
  }
}

/** The prefix length of a mask of four bytes, as the core reads it, whose ones come first. */
static uint8_t read_prefix_length(const uint8_t *value, int length) {
  if (length != 4) return NO_PREFIX_LENGTH;
  const uint32_t mask = read_number_at(value);
  const uint8_t prefix_length = prefix_of_mask(mask);
  return mask == 0 || (prefix_length == 32 && mask != UINT32_MAX) ? NO_PREFIX_LENGTH : prefix_length;
}

/** RFC 3442: width, significant octets of the destination, router. @return how many; 0: malformed, or none */
static uint32_t read_classless_routes(const uint8_t *value, int length, struct route routes[ROUTE_LIST_SIZE]) {
  uint32_t count = 0;
  for (int at = 0; at < length;) {
    const uint8_t width = value[at++];
    const int significant = (width + 7) / 8;
    if (width > 32 || at + significant + 4 > length) return 0;
    uint8_t destination[4] = {0};
    memcpy(destination, value + at, (size_t)significant);
    const uint32_t mask = width == 0 ? 0 : UINT32_MAX << (32 - width);
    routes[count++] = (struct route){.destination = read_number_at(destination) & mask,
                                     .prefix_length = width,
                                     .router = read_number_at(value + at + significant)};
    at += significant + 4;
  }
  return count;
}

static bool is_name_letter(char letter) {
  const char lower = (char)(letter | 0x20);
  return (lower >= 'a' && lower <= 'z') || (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
}

/** Whether a name is made of labels of 1 to 63 letters, digits, hyphens and underscores, and does not begin with a hyphen. */
static bool is_name(const char *text, size_t length) {
  if (length == 0 || length >= NAME_SIZE || text[0] == '-') return false;
  size_t label = 0;
  for (size_t at = 0; at < length; at++) {
    if (text[at] == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (!is_name_letter(text[at]) || ++label > 63) return false;
  }
  return true;
}

static void read_name_option(const uint8_t *value, int length, char name[NAME_SIZE]) {
  name[0] = 0;
  while (length > 0 && value[length - 1] == 0) length--;
  if (length <= 0 || !is_name((const char *)value, (size_t)length)) return;
  memcpy(name, value, (size_t)length);
  name[length] = 0;
}

/**
 * Reads the name at `start`: labels, and pointers that must point backwards (RFC 1035 §4.1.4), so that reading ends.
 * @param name receives it, up to 255 bytes; a longer one is no name
 * @return where the next name begins, or -1: malformed
 */
static int read_encoded_name(const uint8_t *value, int length, int start, char name[256], size_t *name_length) {
  int at = start;
  int limit = start;
  int next = -1;
  *name_length = 0;
  for (;;) {
    if (at >= length) return -1;
    const uint8_t size = value[at];
    if (size == 0) return next < 0 ? at + 1 : next;
    if (size >= 0xc0) {
      if (at + 1 >= length) return -1;
      const int target = (size & 0x3f) << 8 | value[at + 1];
      if (target >= limit) return -1;
      if (next < 0) next = at + 2;
      at = limit = target;
      continue;
    }
    const size_t dot = *name_length > 0 ? 1 : 0;
    if (size > 63 || at + 1 + size > length || *name_length + dot + size > 255) return -1;
    if (dot) name[(*name_length)++] = '.';
    memcpy(name + *name_length, value + at + 1, size);
    *name_length += size;
    at += 1 + size;
  }
}

/** RFC 3397; a malformed list is read up to its first fault. */
static void read_search_list(const uint8_t *value, int length, char text[SEARCH_LIST_SIZE]) {
  char name[256];
  size_t name_length;
  size_t used = 0;
  for (int at = 0; at >= 0 && at < length;) {
    at = read_encoded_name(value, length, at, name, &name_length);
    if (at < 0 || !is_name(name, name_length) || used + name_length + 2 > SEARCH_LIST_SIZE) continue;
    if (used > 0) text[used++] = ' ';
    memcpy(text + used, name, name_length);
    used += name_length;
  }
  text[used] = 0;
}

void read_parameters(const uint8_t *message, uint32_t length, struct parameters *parameters) {
  uint8_t value[ACKNOWLEDGEMENT_SIZE];
#define OPTION(code) value, read_option(message, length, (code), value)
  parameters->prefix_length = read_prefix_length(OPTION(LEASEHOLD_OPTION_CODE_SUBNET_MASK));
  parameters->route_count = read_classless_routes(OPTION(LEASEHOLD_OPTION_CODE_CLASSLESS_STATIC_ROUTE), parameters->routes);
  if (parameters->route_count == 0) {
    struct address_list routers;
    read_addresses(OPTION(LEASEHOLD_OPTION_CODE_ROUTER), &routers);
    if (routers.count > 0) parameters->routes[parameters->route_count++] = (struct route){.router = routers.addresses[0]};
  }
  read_addresses(OPTION(LEASEHOLD_OPTION_CODE_DOMAIN_NAME_SERVER), &parameters->domain_name_servers);
  read_addresses(OPTION(OPTION_NTP_SERVERS), &parameters->network_time_servers);
  read_name_option(OPTION(LEASEHOLD_OPTION_CODE_DOMAIN_NAME), parameters->domain_name);
  read_name_option(OPTION(LEASEHOLD_OPTION_CODE_HOST_NAME), parameters->host_name);
  read_search_list(OPTION(OPTION_DOMAIN_SEARCH), parameters->domain_search);
  const int mtu_length = read_option(message, length, LEASEHOLD_OPTION_CODE_INTERFACE_MTU, value);
  parameters->interface_mtu = mtu_length == 2 ? (uint16_t)(value[0] << 8 | value[1]) : 0;
#undef OPTION
}

const char *format_address(char text[16], uint32_t address) {
  snprintf(text, 16, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
  return text;
}

const char *format_route(char text[48], const struct route *route) {
  char to[16];
  char via[16];
  format_address(to, route->destination);
  format_address(via, route->router);
  const bool routed = route->router != 0;
  const char *way = routed ? " via " : " on the link";
  if (route->prefix_length == 0) snprintf(text, 48, "default%s%s", way, routed ? via : "");
  else snprintf(text, 48, "%s/%u%s%s", to, route->prefix_length, way, routed ? via : "");
  return text;
}
