/**
 * `leasehold-server`: opens the sockets and the state file, gives up root, and serves until it is told to stop.
 */
#include "events.h"
#include "files.h"
#include "leasehold.h"
#include "parameters.h"
#include "port.h"
#include "privileges.h"
#include "say.h"
#include "server-link.h"
#include "server-options.h"
#include "storage.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <net/if_arp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/** Bytes of the longest image that is taken. */
#define IMAGE_SIZE (16u << 20)

/** Typed by INT and TERM; no command of the console's. */
#define COMMAND_END 'q'

/** Typed by USR1: shows the counters. */
#define COMMAND_REPORT '?'

static struct server_options options;
static _Alignas(8) uint8_t image[IMAGE_SIZE];
static uint32_t image_size;

static const struct leasehold_image_header *header(void) { return (const struct leasehold_image_header *)(const void *)image; }

/** Reads the image, as far as it must be an image; the core checks the rest. */
static void read_image(void) {
  const ssize_t length = read_file(options.image, image, sizeof image);
  if (length < 0) fail("The image %s can't be read: %s.", options.image, strerror(errno));
  const struct leasehold_image_header *head = header();
  if ((size_t)length < sizeof *head || head->magic != LEASEHOLD_IMAGE_MAGIC)
    fail("%s is no configuration image. Make one: leasehold compile lan.jsonc -o lan.image", options.image);
  if (head->version != LEASEHOLD_IMAGE_VERSION || head->size != (uint32_t)length)
    fail("The image %s is damaged, or of another release. Compile it again, with this release.", options.image);
  image_size = (uint32_t)length;
}

/** The table at `offset` of the image, if `count` entries of `size` bytes lie within it; else null. */
static const void *table(uint32_t offset, uint32_t count, size_t size) {
  return offset <= image_size && count <= (image_size - offset) / size && offset % 4 == 0 ? image + offset : NULL;
}

/** Whether any address is probed before it is offered. */
static bool probes(void) {
  const struct leasehold_policy *policies = table(header()->policies, header()->policy_count, sizeof *policies);
  for (uint32_t index = 0; policies != NULL && index < header()->policy_count; index++) {
    if (policies[index].flags & LEASEHOLD_POLICY_FLAG_PROBE) return true;
  }
  return false;
}

/** Whether a subnet of the image holds the address. */
static bool covers(uint32_t address) {
  const struct leasehold_subnet *subnets = table(header()->subnets, header()->subnet_count, sizeof *subnets);
  for (uint32_t index = 0; subnets != NULL && index < header()->subnet_count; index++) {
    if ((address & subnets[index].mask) == subnets[index].address) return true;
  }
  return false;
}

/** Ends the program where an interface can't be served: better now than silence later. */
static void check_interface(uint32_t index) {
  char text[16];
  const char *name = options.interfaces[index];
  const struct kernel_interface *interface = server_link_interface(index);
  if (interface == NULL) fail("There is no interface %s. `ip link` lists those there are.", name);
  if (interface->address == 0) fail("%s has no IPv4 address, by which clients would know the server. Give it one.", name);
  if (interface->htype != ARPHRD_ETHER && interface->htype != ARPHRD_LOOPBACK)
    say("%s is no Ethernet: answers to clients without an address are broadcast.", name);
  if (!covers(interface->address))
    fail("%s has %s, no address that a subnet of %s covers. Give it one, or add its subnet to the configuration.", name,
         format_address(text, interface->address), options.image);
}

static void make_state_folder(void) {
  char path[PATH_MAX];
  if (snprintf(path, sizeof path, "%s", options.state) >= (int)sizeof path) fail_usage("--state: the path is too long.");
  const char *folder = dirname(path);
  if (!make_folder(folder)) fail("The folder %s can't be made: %s. Choose another one by --state.", folder, strerror(errno));
}

/** Bytes of each half of the state file: twice what all leases can take, so that most appends are followed by others. */
static uint32_t record_size(void) {
  // A record with the identifiers that clients have, and the attribute blocks that the role gives each lease.
  enum { RECORD_SIZE = 56, BLOCK_SIZE = 32, BLOCKS = 2, LEAST = 256 * 1024 };
  const uint64_t snapshot = (uint64_t)header()->lease_count * (RECORD_SIZE + BLOCKS * BLOCK_SIZE) + LEAST;
  if (2 * snapshot > UINT32_MAX) fail("The image %s has too many addresses: %u.", options.image, header()->lease_count);
  return (uint32_t)(2 * snapshot);
}

/** Opens everything that needs root, then gives it up. */
void port_open(void) {
  struct account account = {.name = NULL};
  if (options.user != NULL) account = find_account(options.user);
  server_link_open(options.interfaces, options.interface_count, probes());
  for (uint32_t index = 0; index < options.interface_count; index++) check_interface(index);
  make_state_folder();
  storage_open(options.state, record_size());
  if (account.name == NULL) return;
  storage_give_to(account.user, account.group);
  become_account(&account);
}

const uint8_t *port_configuration(uint32_t *size) {
  *size = image_size;
  return image;
}

void port_fail(const char *reason) { fail("%s", reason); }

/** That it has started is said in words, by `tell_ready`. */
void port_log(const char *line) {
  const bool ordinary = strncmp(line, "leasehold ", 10) == 0;
  if (options.verbose || !ordinary) say("%s", line);
}

/** What a server applies: nothing. */
void port_apply(const struct leasehold_client_status *status, const uint8_t *acknowledgement) {
  (void)status;
  (void)acknowledgement;
}

static void tell_ready(void) {
  char line[512];
  int length = 0;
  char text[16];
  for (uint32_t index = 0; index < options.interface_count && length < (int)sizeof line; index++) {
    const uint32_t address = server_link_interface(index)->address;
    length += snprintf(line + length, sizeof line - (size_t)length, "%s%s on %s", index == 0 ? "" : ", ",
                       format_address(text, address), options.interfaces[index]);
  }
  say("ready: serving %u addresses as %s", header()->lease_count, line);
}

int main(int word_count, char **words) {
  say_as("leasehold-server");
  read_server_options(word_count, words, &options);
  read_image();
  events_on_signal(SIGINT, COMMAND_END);
  events_on_signal(SIGTERM, COMMAND_END);
  events_on_signal(SIGUSR1, COMMAND_REPORT);
  leasehold_start();
  tell_ready();
  do port_wait(leasehold_poll());
  while (!events_take(COMMAND_END));
  return EXIT_CODE_DONE;
}
