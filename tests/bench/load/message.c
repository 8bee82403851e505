/**
 * Bytes of the questions and of the answers. Options of an answer may overflow into `file` and `sname` (RFC 2132 §9.3).
 */
#include "message.h"

#include <arpa/inet.h>
#include <string.h>

enum { HOPS_AT = 3, XID_AT = 4, FLAGS_AT = 10, CIADDR_AT = 12, YIADDR_AT = 16, GIADDR_AT = 24, CHADDR_AT = 28 };
enum { SNAME_AT = 44, FILE_AT = 108, COOKIE_AT = 236, OPTIONS_AT = 240 };
/** Behind the message type: code and length, then the server's identifier; likewise the requested address, which a wish has first. */
enum { SERVER_IDENTIFIER_AT = OPTIONS_AT + 3 + 2, REQUESTED_ADDRESS_AT = SERVER_IDENTIFIER_AT + 4 + 2, WISH_AT = OPTIONS_AT + 3 + 2 };
enum { BOOTREQUEST = 1, BOOTREPLY = 2, ETHERNET = 1, MAC_SIZE = 6, CHADDR_FIRST = 2, BROADCAST_FLAG = 0x80 };
enum { PAD = 0, REQUESTED_IP_ADDRESS = 50, LEASE_TIME = 51, OVERLOAD = 52, MESSAGE_TYPE = 53, SERVER_IDENTIFIER = 54, END = 255 };
enum { OVERLOAD_FILE = 1, OVERLOAD_SNAME = 2 };

static const uint32_t COOKIE = 0x63825363;

static uint8_t templates[SAY_NOTHING][QUESTION_SIZE];
static bool has_wish;

void put_u32(uint8_t *at, uint32_t value) {
  value = htonl(value);
  memcpy(at, &value, sizeof value);
}

uint32_t get_u32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return ntohl(value);
}

static void make_template(enum say say, bool broadcast) {
  static const uint8_t types[] = {DHCPDISCOVER, DHCPREQUEST, DHCPREQUEST, DHCPRELEASE};
  static const uint8_t asked[] = {55, 8, 1, 3, 6, 15, 28, 51, 58, 59};
  uint8_t *message = templates[say], *option = message + OPTIONS_AT;
  const bool has_address = say == SAY_RENEW || say == SAY_RELEASE;
  memcpy(message, (const uint8_t[]){BOOTREQUEST, ETHERNET, MAC_SIZE}, 3);
  if (broadcast && !has_address) message[FLAGS_AT] = BROADCAST_FLAG;
  message[CHADDR_AT] = CHADDR_FIRST;
  put_u32(message + COOKIE_AT, COOKIE);
  memcpy(option, (const uint8_t[]){MESSAGE_TYPE, 1, types[say]}, 3);
  option += 3;
  if (say == SAY_SELECT || say == SAY_RELEASE) {
    memcpy(option, (const uint8_t[]){SERVER_IDENTIFIER, 4}, 2);
    option += 6;
  }
  if (say == SAY_SELECT || (say == SAY_DISCOVER && has_wish)) {
    memcpy(option, (const uint8_t[]){REQUESTED_IP_ADDRESS, 4}, 2);
    option += 6;
  }
  if (say != SAY_RELEASE) {
    memcpy(option, asked, sizeof asked);
    option += sizeof asked;
  }
  *option = END;
}

void questions_open(bool broadcast, bool wishes) {
  has_wish = wishes;
  for (enum say say = SAY_DISCOVER; say < SAY_NOTHING; say++) make_template(say, broadcast);
}

void question_write(uint8_t *into, enum say say, const struct fields *fields) {
  memcpy(into, templates[say], QUESTION_SIZE);
  put_u32(into + XID_AT, fields->xid);
  put_u32(into + CHADDR_AT + 2, fields->client);
  put_u32(into + GIADDR_AT, fields->giaddr);
  into[HOPS_AT] = fields->giaddr != 0;
  if (say == SAY_DISCOVER && has_wish) put_u32(into + WISH_AT, fields->address);
  if (say == SAY_SELECT) put_u32(into + REQUESTED_ADDRESS_AT, fields->address);
  if (say == SAY_SELECT || say == SAY_RELEASE) put_u32(into + SERVER_IDENTIFIER_AT, fields->server);
  if (say == SAY_RENEW || say == SAY_RELEASE) put_u32(into + CIADDR_AT, fields->address);
}

/** Notes an option that matters; false when its length is wrong. */
static bool take_option(struct answer *answer, uint32_t *overload, const uint8_t *option) {
  const uint32_t length = option[1];
  switch (option[0]) {
    case MESSAGE_TYPE: answer->message_type = option[2]; return length == 1;
    case OVERLOAD: *overload = option[2]; return length == 1;
    case SERVER_IDENTIFIER:
      if (length == 4) answer->server_identifier = get_u32(option + 2);
      return length == 4;
    case LEASE_TIME:
      if (length == 4) answer->lease_seconds = get_u32(option + 2);
      return length == 4;
    default: return true;
  }
}

/** Walks options; false when one runs past the end, has a wrong length, or no end option comes. */
static bool walk(struct answer *answer, uint32_t *overload, const uint8_t *at, const uint8_t *end) {
  while (at < end && *at != END) {
    if (*at == PAD) {
      at++;
      continue;
    }
    // An option of length 0 at the very end has no byte 2; none that matters is so short.
    if (end - at < 3 || at + 2 + at[1] > end || !take_option(answer, overload, at)) return false;
    at += 2 + at[1];
  }
  return at < end;
}

bool answer_read(struct answer *answer, const uint8_t *message, uint32_t length) {
  uint32_t overload = 0, ignored = 0;
  if (length <= OPTIONS_AT || memcmp(message, (const uint8_t[]){BOOTREPLY, ETHERNET, MAC_SIZE}, 3) != 0) return false;
  if (get_u32(message + COOKIE_AT) != COOKIE) return false;
  const bool is_ours = message[CHADDR_AT] == CHADDR_FIRST && message[CHADDR_AT + 1] == 0;
  *answer = (struct answer){.xid = get_u32(message + XID_AT),
                            .yiaddr = get_u32(message + YIADDR_AT),
                            .client = is_ours ? (int64_t)get_u32(message + CHADDR_AT + 2) : -1};
  if (!walk(answer, &overload, message + OPTIONS_AT, message + length)) return false;
  if (overload & OVERLOAD_FILE && !walk(answer, &ignored, message + FILE_AT, message + COOKIE_AT)) return false;
  return (overload & OVERLOAD_SNAME) == 0 || walk(answer, &ignored, message + SNAME_AT, message + FILE_AT);
}
