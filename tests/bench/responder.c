/**
 * The limit of sockets: answers every DHCPDISCOVER and DHCPREQUEST that came through a relay, many a system call, and does nothing else. It keeps
 * nothing and checks nothing; a client's address is made of its hardware address. One wildcard socket with IP_PKTINFO, as a server has.
 *
 *     responder
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { PORT = 67, BATCH = 64, MESSAGE_SIZE = 1472, ANSWER_SIZE = 300, CONTROL_SIZE = 64, BUFFER_BYTES = 8 << 20 };
enum { YIADDR_AT = 16, GIADDR_AT = 24, CHADDR_AT = 28, TYPE_AT = 242, MORE_AT = 243 };
enum { DISCOVER = 1, OFFER = 2, REQUEST = 3, ACK = 5 };

static uint8_t messages[BATCH][MESSAGE_SIZE];
static struct mmsghdr in_heads[BATCH], out_heads[BATCH];
static struct iovec in_pieces[BATCH], out_pieces[BATCH];
static struct sockaddr_in names[BATCH];
static _Alignas(8) uint8_t controls[BATCH][CONTROL_SIZE];

/** Makes the answer out of the question, in its place. @return bytes of it; 0: there is none */
static uint32_t answer(uint8_t *message, uint32_t length, uint32_t server) {
  static const uint8_t lease[] = {51, 4, 0, 0, 14, 16, 1, 4, 255, 255, 0, 0, 255};
  uint32_t client;
  if (length < ANSWER_SIZE || (message[TYPE_AT] != DISCOVER && message[TYPE_AT] != REQUEST)) return 0;
  memcpy(&client, message + CHADDR_AT + 2, 4);
  const uint32_t yiaddr = htonl((ntohl(server) & 0xff000000) + 256 + ntohl(client));
  message[0] = 2;
  memcpy(message + YIADDR_AT, &yiaddr, 4);
  message[TYPE_AT] = message[TYPE_AT] == DISCOVER ? OFFER : ACK;
  memcpy(message + MORE_AT, (const uint8_t[]){54, 4}, 2);
  memcpy(message + MORE_AT + 2, &server, 4);
  memcpy(message + MORE_AT + 6, lease, sizeof lease);
  memset(message + MORE_AT + 6 + sizeof lease, 0, ANSWER_SIZE - MORE_AT - 6 - sizeof lease);
  return ANSWER_SIZE;
}

/** The address that a datagram was sent to. */
static uint32_t destination_of(struct msghdr *head) {
  for (struct cmsghdr *control = CMSG_FIRSTHDR(head); control; control = CMSG_NXTHDR(head, control)) {
    struct in_pktinfo information;
    if (control->cmsg_level != IPPROTO_IP || control->cmsg_type != IP_PKTINFO) continue;
    memcpy(&information, CMSG_DATA(control), sizeof information);
    return information.ipi_spec_dst.s_addr;
  }
  return 0;
}

static int receive(int descriptor) {
  for (uint32_t index = 0; index < BATCH; index++) {
    in_pieces[index] = (struct iovec){messages[index], MESSAGE_SIZE};
    in_heads[index].msg_hdr = (struct msghdr){
        .msg_name = &names[index],
        .msg_namelen = sizeof names[0],
        .msg_iov = &in_pieces[index],
        .msg_iovlen = 1,
        .msg_control = controls[index],
        .msg_controllen = CONTROL_SIZE};
  }
  return recvmmsg(descriptor, in_heads, BATCH, MSG_DONTWAIT, NULL);
}

static void send_answers(int descriptor, int received) {
  uint32_t count = 0;
  for (int index = 0; index < received; index++) {
    const uint32_t length = answer(messages[index], in_heads[index].msg_len, destination_of(&in_heads[index].msg_hdr));
    if (length == 0) continue;
    names[index].sin_port = htons(PORT);
    memcpy(&names[index].sin_addr, messages[index] + GIADDR_AT, 4);
    out_pieces[count] = (struct iovec){messages[index], length};
    out_heads[count].msg_hdr = (struct msghdr){
        .msg_name = &names[index], .msg_namelen = sizeof names[0], .msg_iov = &out_pieces[count], .msg_iovlen = 1};
    count++;
  }
  for (uint32_t sent = 0; sent < count;) {
    const int done = sendmmsg(descriptor, out_heads + sent, count - sent, 0);
    sent += done > 0 ? (uint32_t)done : 1;
  }
}

int main(void) {
  const struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(PORT)};
  const int on = 1, buffer = BUFFER_BYTES, descriptor = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(descriptor, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
  if (bind(descriptor, (const struct sockaddr *)&own, sizeof own) != 0) {
    perror("UDP port 67");
    return 1;
  }
  printf("ready\n");
  fflush(stdout);
  struct pollfd polled = {.fd = descriptor, .events = POLLIN};
  for (;;) {
    const int count = receive(descriptor);
    if (count > 0) send_answers(descriptor, count);
    if (count < BATCH) poll(&polled, 1, -1);
  }
}
