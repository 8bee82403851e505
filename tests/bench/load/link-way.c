/**
 * Clients on the link itself, each with a hardware address of its own: their messages are frames (RFC 894, RFC 791, RFC 768), and so are
 * the answers, which a server sends to hardware addresses that this machine does not have. Where the server's kernel asks by ARP (RFC
 * 826) who has a client's address, the client answers. The UDP checksum is left out, which IPv4 allows.
 */
#include "clients.h"
#include "clock.h"
#include "way.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

enum { SERVER_PORT = 67, CLIENT_PORT = 68, FRAME_SIZE = 1514 };
enum { MAC_SIZE = 6, TYPE_AT = 12, IP_AT = 14, UDP_AT = 34, PAYLOAD_AT = 42, IP_SIZE = 20, UDP_SIZE = 8 };
enum { ARP_OPERATION_AT = 20, ARP_SENDER_AT = 22, ARP_SENDER_IP_AT = 28, ARP_TARGET_AT = 32, ARP_TARGET_IP_AT = 38, ARP_SIZE = 42 };
enum { ARP_REQUEST = 1, ARP_REPLY = 2, UDP = 17, TTL = 64 };

static int descriptor;
static uint8_t in[BATCH][FRAME_SIZE], out[BATCH][PAYLOAD_AT + QUESTION_SIZE];
static struct mmsghdr in_heads[BATCH], out_heads[BATCH];
static struct iovec in_pieces[BATCH], out_pieces[BATCH];
static uint32_t out_count, ones[BATCH];
/** Where the last answer came from: that is where what is for the server alone goes. */
static uint8_t server_mac[MAC_SIZE] = {255, 255, 255, 255, 255, 255};

/** Lets through ARP requests, and datagrams to the clients' port. */
static void filter(void) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, TYPE_AT),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_ARP, 5, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IP, 0, 5),
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, IP_AT),
      BPF_STMT(BPF_LD | BPF_H | BPF_IND, IP_AT + 2),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CLIENT_PORT, 0, 2),
      BPF_STMT(BPF_RET | BPF_K, FRAME_SIZE),
      BPF_STMT(BPF_RET | BPF_K, ARP_SIZE),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const struct sock_fprog program = {sizeof code / sizeof code[0], code};
  if (setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) way_fail("filter");
}

static int open_link(const struct options *options) {
  const int on = 1;
  struct sockaddr_ll own = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
  own.sll_ifindex = (int)if_nametoindex(options->interface_name);
  if (own.sll_ifindex == 0) way_fail(options->interface_name);
  const struct packet_mreq all = {.mr_ifindex = own.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
  descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (descriptor < 0) way_fail("AF_PACKET socket");
  way_widen(descriptor);
  filter();
  if (setsockopt(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) != 0 ||
      setsockopt(descriptor, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) != 0 ||
      bind(descriptor, (const struct sockaddr *)&own, sizeof own) != 0)
    way_fail(options->interface_name);
  for (uint32_t index = 0; index < BATCH; index++) {
    ones[index] = 1;
    in_pieces[index] = (struct iovec){in[index], FRAME_SIZE};
    out_pieces[index] = (struct iovec){out[index], 0};
    in_heads[index].msg_hdr = (struct msghdr){.msg_iov = &in_pieces[index], .msg_iovlen = 1};
    out_heads[index].msg_hdr = (struct msghdr){.msg_iov = &out_pieces[index], .msg_iovlen = 1};
  }
  return descriptor;
}

static void flush(void) {
  way_send(descriptor, out_heads, out_count, ones);
  out_count = 0;
}

static void put_u16(uint8_t *at, uint32_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

static uint32_t get_u16(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }

static void put_ethernet(uint8_t *frame, const uint8_t *to, uint32_t client, uint32_t type) {
  memcpy(frame, to, MAC_SIZE);
  put_u16(frame + MAC_SIZE, 0x0200);
  put_u32(frame + MAC_SIZE + 2, client);
  put_u16(frame + TYPE_AT, type);
}

/** Writes the header of a datagram with the question behind it. */
static void put_datagram(uint8_t *frame, uint32_t source, uint32_t destination) {
  uint8_t *ip = frame + IP_AT, *udp = frame + UDP_AT;
  memset(ip, 0, IP_SIZE + UDP_SIZE);
  ip[0] = 0x45;
  put_u16(ip + 2, IP_SIZE + UDP_SIZE + QUESTION_SIZE);
  ip[8] = TTL;
  ip[9] = UDP;
  put_u32(ip + 12, source);
  put_u32(ip + 16, destination);
  uint32_t sum = 0;
  for (uint32_t at = 0; at < IP_SIZE; at += 2) sum += get_u16(ip + at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  put_u16(ip + 10, ~sum);
  put_u16(udp, CLIENT_PORT);
  put_u16(udp + 2, SERVER_PORT);
  put_u16(udp + 4, UDP_SIZE + QUESTION_SIZE);
}

static void send_frame(uint32_t length) {
  out_pieces[out_count].iov_len = length;
  if (++out_count == BATCH) flush();
}

static void say_on_link(enum say say, const struct fields *fields) {
  static const uint8_t everyone[MAC_SIZE] = {255, 255, 255, 255, 255, 255};
  const bool has_address = say == SAY_RENEW || say == SAY_RELEASE;
  uint8_t *frame = out[out_count];
  put_ethernet(frame, has_address ? server_mac : everyone, fields->client, ETHERTYPE_IP);
  put_datagram(frame, has_address ? fields->address : INADDR_ANY, has_address ? fields->server : INADDR_BROADCAST);
  question_write(frame + PAYLOAD_AT, say, fields);
  send_frame(PAYLOAD_AT + QUESTION_SIZE);
}

static uint32_t receive(void) {
  const int count = recvmmsg(descriptor, in_heads, BATCH, MSG_DONTWAIT, NULL);
  return count < 0 ? 0 : (uint32_t)count;
}

/** Answers who asks for a client's address. */
static void answer_arp(const uint8_t *asked) {
  if (get_u16(asked + ARP_OPERATION_AT) != ARP_REQUEST) return;
  const uint32_t wanted = get_u32(asked + ARP_TARGET_IP_AT);
  const int64_t holder = clients_holder_of(wanted, clock_seconds());
  if (holder < 0) return;
  uint8_t *frame = out[out_count];
  memcpy(frame, asked, ARP_SIZE);
  put_ethernet(frame, asked + ARP_SENDER_AT, (uint32_t)holder, ETHERTYPE_ARP);
  put_u16(frame + ARP_OPERATION_AT, ARP_REPLY);
  memcpy(frame + ARP_SENDER_AT, frame + MAC_SIZE, MAC_SIZE);
  put_u32(frame + ARP_SENDER_IP_AT, wanted);
  memcpy(frame + ARP_TARGET_AT, asked + ARP_SENDER_AT, MAC_SIZE + 4);
  send_frame(ARP_SIZE);
}

static bool open_message(uint32_t index, struct received *received) {
  const uint8_t *frame = in[index];
  const uint32_t length = in_heads[index].msg_len;
  if (length < ARP_SIZE) return false;
  if (get_u16(frame + TYPE_AT) == ETHERTYPE_ARP) {
    answer_arp(frame);
    return false;
  }
  const uint32_t udp = IP_AT + (frame[IP_AT] & 15) * 4U;
  if (udp < UDP_AT || udp + UDP_SIZE > length) return false;
  const uint32_t udp_length = get_u16(frame + udp + 4);
  if (udp_length < UDP_SIZE || udp + udp_length > length) return false;
  memcpy(server_mac, frame + MAC_SIZE, MAC_SIZE);
  *received = (struct received){frame + udp + UDP_SIZE, udp_length - UDP_SIZE, get_u32(frame + IP_AT + 12)};
  return true;
}

const struct way link_way = {open_link, say_on_link, flush, receive, open_message};
