/**
 * What the clients say (RFC 2131 §4.4, table 5), as messages of one size in which only a few fields differ, and what is read of the
 * answers. Addresses are numbers.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Bytes of every question (RFC 951: a message has at least so many). */
enum { QUESTION_SIZE = 300 };

/** What a client says; three of them are DHCPREQUEST. `SAY_NOTHING`: no exchange is under way. */
enum say { SAY_DISCOVER, SAY_SELECT, SAY_RENEW, SAY_RELEASE, SAY_NOTHING };

/** Message types (RFC 2132 §9.6). */
enum { DHCPDISCOVER = 1, DHCPOFFER = 2, DHCPREQUEST = 3, DHCPACK = 5, DHCPNAK = 6, DHCPRELEASE = 7 };

/** Everything that differs between two questions of one kind. */
struct fields {
  uint32_t xid;
  /** The client's number: its hardware address is 02:00 and these four bytes. */
  uint32_t client;
  uint32_t server;
  /** The address that is wished for, selected, renewed or released. */
  uint32_t address;
  uint32_t giaddr;
};

/** What a client has to know of an answer; 0 stands for what is not there. */
struct answer {
  uint32_t xid;
  uint32_t yiaddr;
  /** The client's number, or −1 where `chaddr` is none of ours. */
  int64_t client;
  uint32_t message_type;
  uint32_t server_identifier;
  uint32_t lease_seconds;
};

/**
 * Makes the templates.
 * @param broadcast whether clients without an address ask for answers by broadcast
 * @param wishes whether a DHCPDISCOVER asks for an address
 */
void questions_open(bool broadcast, bool wishes);

/** Writes a question of `QUESTION_SIZE` bytes. */
void question_write(uint8_t *into, enum say say, const struct fields *fields);

/** Reads an answer; false when it is no well-formed DHCP message to an Ethernet client, and nothing of it may be used. */
bool answer_read(struct answer *answer, const uint8_t *message, uint32_t length);

/** Writes a number at any address, first byte first. */
void put_u32(uint8_t *at, uint32_t value);

/** Reads a number from any address, first byte first. */
uint32_t get_u32(const uint8_t *at);
