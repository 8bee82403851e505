/**
 * A closed-loop load on a DHCP server: a relay with many clients behind it, `window` of them climbing the ladder at once. Every answer is
 * checked against its request; prints one line of JSON. The same load as `leasehold load --relay`, for servers that are faster than Node.
 *
 *     relay-load SERVER RELAY CLIENTS WINDOW SECONDS
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 67, BATCH = 256, MESSAGE_SIZE = 1472, MOST_WINDOW = 4096, MOST_SAMPLES = 1 << 23 };
enum { XID_AT = 4, YIADDR_AT = 16, GIADDR_AT = 24, CHADDR_AT = 28, COOKIE_AT = 236, TYPE_AT = 242, MORE_AT = 243 };
enum { DISCOVER = 1, OFFER = 2, REQUEST = 3, ACK = 5 };

/** A client whose answer has not come after this time asks again. */
static const double RETRY_SECONDS = 1;

/** A place of the window: one client on its ladder. */
struct place {
  uint32_t client;
  uint8_t expected;
  double started;
  double sent;
};

static struct place places[MOST_WINDOW];
static float latencies[MOST_SAMPLES];
static uint32_t samples;
static uint32_t next_client, client_count, window, exchanges, retries, wrong;
static struct in_addr server, relay;
static int socket_descriptor;

static uint8_t in[BATCH][MESSAGE_SIZE], out[BATCH][MESSAGE_SIZE];
static struct mmsghdr in_heads[BATCH], out_heads[BATCH];
static struct iovec in_pieces[BATCH], out_pieces[BATCH];
static struct sockaddr_in in_names[BATCH], to;
static uint32_t out_count;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void flush(void) {
  for (uint32_t sent = 0; sent < out_count;) {
    const int count = sendmmsg(socket_descriptor, out_heads + sent, out_count - sent, 0);
    if (count < 0) {
      perror("sendmmsg");
      exit(1);
    }
    sent += (uint32_t)count;
  }
  out_count = 0;
}

/** Composes the message of a place. @param address the one to ask for, in wire order, with a DHCPREQUEST */
static void send_message(uint32_t index, uint8_t type, const uint8_t *address) {
  static const uint8_t asked[] = {55, 8, 1, 3, 6, 15, 28, 51, 58, 59};
  struct place *place = &places[index];
  uint8_t *message = out[out_count];
  uint32_t at = MORE_AT;
  memset(message, 0, 300);
  memcpy(message, (const uint8_t[]){1, 1, 6, 1}, 4);
  memcpy(message + XID_AT, &(uint32_t){htonl(index)}, 4);
  memcpy(message + GIADDR_AT, &relay, 4);
  message[CHADDR_AT] = 2;
  memcpy(message + CHADDR_AT + 2, &(uint32_t){htonl(place->client)}, 4);
  memcpy(message + COOKIE_AT, (const uint8_t[]){99, 130, 83, 99, 53, 1, type}, 7);
  if (type == REQUEST) {
    memcpy(message + at, (const uint8_t[]){54, 4}, 2);
    memcpy(message + at + 2, &server, 4);
    memcpy(message + at + 6, (const uint8_t[]){50, 4}, 2);
    memcpy(message + at + 8, address, 4);
    at += 12;
  }
  memcpy(message + at, asked, sizeof asked);
  message[at + sizeof asked] = 255;
  out_pieces[out_count].iov_len = 300;
  place->expected = type == DISCOVER ? OFFER : ACK;
  place->sent = now();
  if (++out_count == BATCH) flush();
}

static void climb(uint32_t index) {
  places[index].client = next_client++ % client_count;
  places[index].started = now();
  send_message(index, DISCOVER, NULL);
}

/** Takes one answer; whatever does not belong to a request that is under way is counted as wrong. */
static void take(const uint8_t *message, uint32_t length, const struct sockaddr_in *from) {
  uint32_t index, client;
  if (length < MORE_AT) {
    wrong++;
    return;
  }
  memcpy(&index, message + XID_AT, 4);
  memcpy(&client, message + CHADDR_AT + 2, 4);
  index = ntohl(index);
  if (from->sin_addr.s_addr != server.s_addr || index >= window || ntohl(client) != places[index].client ||
      message[TYPE_AT] != places[index].expected) {
    wrong++;
    return;
  }
  if (message[TYPE_AT] == OFFER) {
    send_message(index, REQUEST, message + YIADDR_AT);
    return;
  }
  exchanges++;
  if (samples < MOST_SAMPLES) latencies[samples++] = (float)(now() - places[index].started);
  climb(index);
}

static uint32_t receive(void) {
  const int count = recvmmsg(socket_descriptor, in_heads, BATCH, MSG_DONTWAIT, NULL);
  for (int index = 0; index < count; index++) take(in[index], in_heads[index].msg_len, &in_names[index]);
  return count < 0 ? 0 : (uint32_t)count;
}

static void retry_late(double time) {
  for (uint32_t index = 0; index < window; index++) {
    if (time - places[index].sent < RETRY_SECONDS) continue;
    retries++;
    send_message(index, DISCOVER, NULL);
  }
}

static void open_socket(void) {
  const struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(PORT)};
  const int size = 8 << 20;
  to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = server};
  socket_descriptor = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(socket_descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  if (bind(socket_descriptor, (const struct sockaddr *)&own, sizeof own) != 0) {
    perror("UDP port 67");
    exit(1);
  }
  for (uint32_t index = 0; index < BATCH; index++) {
    in_pieces[index] = (struct iovec){in[index], MESSAGE_SIZE};
    out_pieces[index] = (struct iovec){out[index], 0};
    in_heads[index].msg_hdr = (struct msghdr){
        .msg_name = &in_names[index], .msg_namelen = sizeof in_names[0], .msg_iov = &in_pieces[index], .msg_iovlen = 1};
    out_heads[index].msg_hdr =
        (struct msghdr){.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &out_pieces[index], .msg_iovlen = 1};
  }
}

static int compare(const void *one, const void *other) {
  const float a = *(const float *)one, b = *(const float *)other;
  return a < b ? -1 : a > b;
}

/** The latency in milliseconds that `part` of all were below. */
static double quantile(double part) { return samples == 0 ? 0 : 1000.0 * latencies[(uint32_t)(part * (samples - 1))]; }

int main(int count, char **words) {
  if (count != 6 || inet_pton(AF_INET, words[1], &server) != 1 || inet_pton(AF_INET, words[2], &relay) != 1 ||
      (client_count = (uint32_t)atoi(words[3])) == 0 || (window = (uint32_t)atoi(words[4])) == 0 || window > MOST_WINDOW) {
    fprintf(stderr, "usage: relay-load SERVER RELAY CLIENTS WINDOW SECONDS\n");
    return 2;
  }
  open_socket();
  const double begin = now(), end = begin + atof(words[5]);
  double checked = begin;
  for (uint32_t index = 0; index < window; index++) climb(index);
  flush();
  for (double time; (time = now()) < end;) {
    struct pollfd polled = {.fd = socket_descriptor, .events = POLLIN};
    const uint32_t received = receive();
    if (time - checked > 0.1) retry_late(checked = time);
    flush();
    if (received < BATCH) poll(&polled, 1, 10);
  }
  const double elapsed = now() - begin;
  qsort(latencies, samples, sizeof latencies[0], compare);
  printf("{\"exchanges\":%u,\"perSecond\":%.0f,\"retries\":%u,\"wrong\":%u,", exchanges, exchanges / elapsed, retries, wrong);
  printf("\"milliseconds\":{\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f}}\n", quantile(0.5), quantile(0.99), quantile(0.999));
  return 0;
}
