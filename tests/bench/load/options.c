/**
 * Reads and checks the command line. Every mistake ends the process before anything is opened.
 */
#include "options.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEFAULT_CLIENTS = 1000, DEFAULT_WINDOW = 64, DEFAULT_OPEN_WINDOW = 4096, DEFAULT_SECONDS = 10 };
enum { DEFAULT_HELD_SECONDS = 3600, DEFAULT_PORT = 67 };
enum { DEFAULT_RETRY_SECONDS = 1, DEFAULT_ATTEMPTS = 4 };

static const struct option known[] = {
    {"server", required_argument, NULL, 's'},       {"relay", required_argument, NULL, 'r'},
    {"relays", required_argument, NULL, 'R'},       {"interface", required_argument, NULL, 'i'},
    {"clients", required_argument, NULL, 'c'},      {"window", required_argument, NULL, 'w'},
    {"rate", required_argument, NULL, 'a'},         {"seconds", required_argument, NULL, 't'},
    {"renew", required_argument, NULL, 'n'},        {"release", required_argument, NULL, 'l'},
    {"held", required_argument, NULL, 'h'},         {"held-seconds", required_argument, NULL, 'H'},
    {"fill", no_argument, NULL, 'f'},               {"exchanges", required_argument, NULL, 'e'},
    {"retry", required_argument, NULL, 'y'},        {"attempts", required_argument, NULL, 'm'},
    {"shuffle", no_argument, NULL, 'u'},            {"broadcast", no_argument, NULL, 'b'},
    {"port", required_argument, NULL, 'o'},
    {"plain", no_argument, NULL, 'p'},              {"spin", no_argument, NULL, 'x'},
    {NULL, 0, NULL, 0},
};

_Noreturn static void refuse(const char *option, const char *sentence) {
  fprintf(stderr, "load: %s%s%s\n", option, *option ? ": " : "", sentence);
  exit(2);
}

static uint32_t read_address(const char *option, const char *text) {
  struct in_addr address;
  if (inet_pton(AF_INET, text, &address) != 1) refuse(option, "no IPv4 address");
  return ntohl(address.s_addr);
}

static double read_number(const char *option, const char *text, double least, double most) {
  char *end;
  const double number = strtod(text, &end);
  if (*text == 0 || *end != 0 || !(number >= least && number <= most)) refuse(option, "no number, or out of bounds");
  return number;
}

static void take(struct options *options, int letter, const char *name, const char *text) {
  switch (letter) {
    case 's': options->server = read_address(name, text); break;
    case 'r': options->relay = read_address(name, text); break;
    case 'R': options->relay_count = (uint32_t)read_number(name, text, 1, MOST_RELAYS); break;
    case 'i': options->interface_name = text; break;
    case 'c': options->client_count = (uint32_t)read_number(name, text, 1, MOST_CLIENTS); break;
    case 'w': options->window = (uint32_t)read_number(name, text, 1, MOST_PLACES); break;
    case 'a': options->rate = read_number(name, text, 0.01, 1e7); break;
    case 't': options->seconds = read_number(name, text, 0.01, 3600); break;
    case 'n': options->renew = read_number(name, text, 0, 100); break;
    case 'l': options->release = read_number(name, text, 0, 50); break;
    case 'h': options->held = read_address(name, text); break;
    case 'H': options->held_seconds = (uint32_t)read_number(name, text, 1, 4e9); break;
    case 'o': options->port = (uint32_t)read_number(name, text, 1, 65535); break;
    case 'f': options->fill = true; break;
    case 'e': options->exchange_count = (uint64_t)read_number(name, text, 1, 1e12); break;
    case 'y': options->retry_seconds = read_number(name, text, 0.001, 60); break;
    case 'm': options->attempts = (uint32_t)read_number(name, text, 1, 1e6); break;
    case 'u': options->shuffle = true; break;
    case 'b': options->broadcast = true; break;
    case 'p': options->plain = true; break;
    case 'x': options->spin = true; break;
    default: exit(2);
  }
}

struct options options_read(int count, char **words) {
  struct options options = {.relay_count = 1,
                            .port = DEFAULT_PORT,
                            .client_count = DEFAULT_CLIENTS,
                            .seconds = DEFAULT_SECONDS,
                            .held_seconds = DEFAULT_HELD_SECONDS,
                            .retry_seconds = DEFAULT_RETRY_SECONDS,
                            .attempts = DEFAULT_ATTEMPTS};
  int which;
  for (int letter; (letter = getopt_long(count, words, "", known, &which)) != -1;)
    take(&options, letter, letter == '?' ? "" : known[which].name, optarg);
  if (optind < count) refuse(words[optind], "not understood");
  if ((options.relay == 0) == (options.interface_name == NULL)) refuse("", "needs --interface NAME or --relay ADDRESS, not both");
  if (options.relay != 0 && options.server == 0) refuse("relay", "needs --server ADDRESS");
  if (options.fill && options.held == 0) refuse("fill", "needs --held ADDRESS");
  if (options.rate > 0 && (options.fill || options.exchange_count > 0))
    refuse("rate", "goes on for --seconds, not for a number of exchanges");
  if (options.fill) options.exchange_count = options.client_count;
  // Every address that is given back has to be obtained first, by an exchange of its own.
  if (options.renew + 2 * options.release > 100) refuse("renew", "the renewals and twice the releases make 100 at most");
  if (options.window == 0) options.window = options.rate > 0 ? DEFAULT_OPEN_WINDOW : DEFAULT_WINDOW;
  if (options.window > options.client_count) options.window = options.client_count;
  return options;
}

uint32_t options_held(const struct options *options, uint32_t client) {
  const uint32_t relay = client % options->relay_count, number = client / options->relay_count;
  return options->held + (options->relay_count > 1 ? relay * 256 : 0) + number;
}
