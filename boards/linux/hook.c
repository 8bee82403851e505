/** Checks the hook's file, and makes its environment. */
#include "hook.h"

#include "core.h"
#include "run.h"
#include "say.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** Variables of one event at most: every option, and a few of our own. */
#define VARIABLE_COUNT 288

/** Bytes of all of them: several times what one DHCPACK can hold, as digits, in dotted form and as names. */
#define TEXT_SIZE (32 * 1024)

/** An environment under construction. */
struct environment {
  char *variables[VARIABLE_COUNT + 1];
  uint32_t count;
  char text[TEXT_SIZE];
  size_t used;
};

/** Appends text to the variable that was begun last. */
__attribute__((format(printf, 2, 3))) static void extend(struct environment *environment, const char *format, ...) {
  va_list list;
  va_start(list, format);
  const size_t room = TEXT_SIZE - environment->used;
  const int length = vsnprintf(environment->text + environment->used, room, format, list);
  va_end(list);
  if (length > 0) environment->used += (size_t)length < room ? (size_t)length : room - 1;
}

/** Begins a variable of ours, as in "LEASEHOLD_ADDRESS=". */
static void begin(struct environment *environment, const char *name) {
  if (environment->used > 0) environment->used++;
  environment->variables[environment->count++] = environment->text + environment->used;
  extend(environment, "%s=", name);
}

static void set_text(struct environment *environment, const char *name, const char *text) {
  if (text[0] == 0) return;
  begin(environment, name);
  extend(environment, "%s", text);
}

static void set_number(struct environment *environment, const char *name, uint32_t number) {
  begin(environment, name);
  extend(environment, "%u", number);
}

static void set_address(struct environment *environment, const char *name, uint32_t address) {
  char text[16];
  if (address != 0) set_text(environment, name, format_address(text, address));
}

static void set_addresses(struct environment *environment, const char *name, const struct address_list *list) {
  char text[16];
  if (list->count == 0) return;
  begin(environment, name);
  for (uint32_t index = 0; index < list->count; index++)
    extend(environment, "%s%s", index == 0 ? "" : " ", format_address(text, list->addresses[index]));
}

static void set_routes(struct environment *environment, const struct parameters *parameters) {
  char text[48];
  if (parameters->route_count == 0) return;
  begin(environment, "LEASEHOLD_ROUTES");
  for (uint32_t index = 0; index < parameters->route_count; index++)
    extend(environment, "%s%s", index == 0 ? "" : ", ", format_route(text, &parameters->routes[index]));
}

/** Every option as it came, in hexadecimal. */
static void set_options(struct environment *environment, const struct hook_event *event) {
  uint8_t value[ACKNOWLEDGEMENT_SIZE];
  char name[24];
  for (uint32_t code = 1; code < LEASEHOLD_OPTION_CODE_END; code++) {
    const int length = read_option(event->acknowledgement, event->acknowledgement_length, (uint8_t)code, value);
    if (length <= 0) continue;
    snprintf(name, sizeof name, "LEASEHOLD_OPTION_%u", code);
    begin(environment, name);
    for (int at = 0; at < length; at++) extend(environment, "%02x", value[at]);
  }
}

static void set_parameters(struct environment *environment, const struct hook_event *event) {
  const struct parameters *given = event->parameters;
  if (event->lease_seconds != 0) set_number(environment, "LEASEHOLD_LEASE_SECONDS", event->lease_seconds);
  if (given->prefix_length != NO_PREFIX_LENGTH)
    set_number(environment, "LEASEHOLD_PREFIX_LENGTH", given->prefix_length);
  set_routes(environment, given);
  set_addresses(environment, "LEASEHOLD_DOMAIN_NAME_SERVERS", &given->domain_name_servers);
  set_addresses(environment, "LEASEHOLD_NTP_SERVERS", &given->network_time_servers);
  set_text(environment, "LEASEHOLD_DOMAIN_NAME", given->domain_name);
  set_text(environment, "LEASEHOLD_DOMAIN_SEARCH", given->domain_search);
  set_text(environment, "LEASEHOLD_HOST_NAME", given->host_name);
  if (given->interface_mtu != 0) set_number(environment, "LEASEHOLD_INTERFACE_MTU", given->interface_mtu);
  set_options(environment, event);
}

/** What is wrong with the file or folder at `part` of the hook's path; null: nothing. Nobody else may change it. */
static const char *part_fault(const char *part, const struct stat *status) {
  static char fault[PATH_MAX + 64];
  const bool sticky = S_ISDIR(status->st_mode) && (status->st_mode & S_ISVTX) != 0;
  if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky) {
    snprintf(fault, sizeof fault, "others may write to %s; chmod go-w %s", part, part);
    return fault;
  }
  if (status->st_uid == 0 || status->st_uid == getuid()) return NULL;
  snprintf(fault, sizeof fault, "%s belongs to another user", part);
  return fault;
}

/** What is wrong with a hook; null: nothing. */
static const char *hook_fault(const char *path) {
  char folder[PATH_MAX];
  struct stat status;
  if (path[0] != '/') return "give an absolute path";
  if (strlen(path) >= sizeof folder) return "its path is too long";
  if (stat(path, &status) != 0) return strerror(errno);
  if (!S_ISREG(status.st_mode)) return "it is not a file";
  if ((status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0) return "it is not executable; chmod u+x it";
  const char *fault = part_fault(path, &status);
  if (fault != NULL) return fault;
  strcpy(folder, path);
  const char *parent = dirname(folder);
  return stat(parent, &status) != 0 ? strerror(errno) : part_fault(parent, &status);
}

void hook_check(const char *path) {
  const char *fault = hook_fault(path);
  if (fault != NULL) fail("hook %s refused: %s.", path, fault);
}

static void tell(const char *path, struct run_result result) {
  switch (result.what) {
    case RUN_EXITED:
      if (result.number != 0) say("hook %s failed: exit %d", path, result.number);
      return;
    case RUN_SIGNALLED:
      say("hook %s failed: signal %d", path, result.number);
      return;
    case RUN_TOO_LONG:
      say("hook %s was ended: it took longer than %d s", path, RUN_TIME_LIMIT_SECONDS);
      return;
    case RUN_NOT_STARTED:
      say("hook %s can't be run: %s", path, strerror(result.number));
      return;
    case RUN_LOST:
      say("hook %s has ended, and its result is lost: %s", path, strerror(result.number));
      return;
  }
}

void hook_run(const char *path, const struct hook_event *event) {
  static struct environment environment;
  const char *fault = hook_fault(path);
  if (fault != NULL) {
    say("hook %s refused: %s", path, fault);
    return;
  }
  memset(&environment, 0, sizeof environment);
  set_text(&environment, "PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
  set_text(&environment, "LEASEHOLD_EVENT", event->event);
  set_text(&environment, "LEASEHOLD_INTERFACE", event->interface_name);
  set_address(&environment, "LEASEHOLD_ADDRESS", event->address);
  set_address(&environment, "LEASEHOLD_SERVER_IDENTIFIER", event->server_identifier);
  if (event->parameters != NULL) set_parameters(&environment, event);
  char name[PATH_MAX];
  strncpy(name, path, sizeof name - 1);
  name[sizeof name - 1] = 0;
  char *const arguments[] = {name, NULL};
  tell(path, run_program(path, arguments, environment.variables));
}
