/** One table of options, one switch that takes them. */
#include "server-options.h"

#include "command-line.h"
#include "say.h"

#include <stddef.h>
#include <string.h>

enum { OPTION_INTERFACE, OPTION_STATE, OPTION_USER, OPTION_VERBOSE, OPTION_COUNT };

static const struct option table[OPTION_COUNT + 1] = {
    [OPTION_INTERFACE] = {"interface", "NAME", 'i', true, "An interface to serve; may be repeated."},
    [OPTION_STATE] = {"state", "FILE", 0, false, "Where leases are kept; /var/lib/leasehold/leases."},
    [OPTION_USER] = {"user", "NAME", 0, false, "The user to become once the sockets are open."},
    [OPTION_VERBOSE] = {"verbose", NULL, 'v', false, "Say each change of the server's own."},
};

static const struct program program = {
    .name = "leasehold-server",
    .usage = "--interface NAME [options] IMAGE",
    .description = "Serves addresses by DHCP as IMAGE says, the file that `leasehold compile` writes. Every lease is in the state file,\n"
                   "synced, before its DHCPACK leaves.\n\n"
                   "INT and TERM stop it. USR1 shows its counters.",
    .options = table,
};

static void add_interface(struct server_options *options, const char *name) {
  for (uint32_t index = 0; index < options->interface_count; index++) {
    if (strcmp(options->interfaces[index], name) == 0) fail_usage("The interface %s stands here twice. Keep one.", name);
  }
  if (options->interface_count == SERVER_INTERFACE_COUNT)
    fail_usage("--interface stands here too often. Give at most %d.", SERVER_INTERFACE_COUNT);
  options->interfaces[options->interface_count++] = read_interface_name(name);
}

static void take(struct server_options *options, int index, const char *value) {
  switch (index) {
    case OPTION_INTERFACE: add_interface(options, value); break;
    case OPTION_STATE: options->state = value; break;
    case OPTION_USER: options->user = value; break;
    case OPTION_VERBOSE: options->verbose = true; break;
    default:
      if (options->image != NULL) fail_usage("\"%s\" is one file too many: %s is the image.", value, options->image);
      options->image = value;
  }
}

void read_server_options(int word_count, char **words, struct server_options *options) {
  *options = (struct server_options){.state = "/var/lib/leasehold/leases"};
  struct command_line line = command_line_of(&program, word_count, words);
  const char *value;
  for (int index; (index = command_line_next(&line, &value)) != COMMAND_LINE_END;) take(options, index, value);
  if (options->interface_count == 0)
    fail_usage("--interface is missing. Name one: %s --interface lan0 lan.image", program.name);
  if (options->image == NULL)
    fail_usage("The image is missing. Make one: leasehold compile lan.jsonc -o lan.image");
}
