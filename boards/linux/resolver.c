/** resolv.conf, or systemd-resolved. */
#include "resolver.h"

#include "files.h"
#include "run.h"
#include "say.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/** First line of a file that was written here, up to the interface's name. */
#define MARK "# Written by leasehold for "

/** Bytes of the longest file that is taken aside. */
#define FILE_SIZE (64 * 1024)

/** Servers handed to systemd-resolved: the C library itself uses three. */
#define SERVER_COUNT 8

static bool managed_by_resolved(const char *path) {
  char target[PATH_MAX];
  const ssize_t length = readlink(path, target, sizeof target - 1);
  if (length < 0) return false;
  target[length] = 0;
  return strstr(target, "systemd/resolve") != NULL;
}

static void run_resolvectl(char *const arguments[]) {
  char search_path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  char *const environment[] = {search_path, NULL};
  const struct run_result result = run_program("/usr/bin/resolvectl", arguments, environment);
  if (result.what == RUN_EXITED && result.number == 0) return;
  const char *why = result.what == RUN_NOT_STARTED || result.what == RUN_LOST ? strerror(result.number) : "it failed";
  say("the resolver can't be told of the name servers by resolvectl: %s (--resolver none leaves it alone)", why);
}

static const char *search_list(const struct parameters *parameters) {
  return parameters->domain_search[0] != 0 ? parameters->domain_search : parameters->domain_name;
}

static void tell_resolved(const char *interface_name, const struct parameters *parameters) {
  char name[32];
  char servers[SERVER_COUNT][16];
  char *arguments[SERVER_COUNT + 4] = {(char[]){"resolvectl"}, (char[]){"dns"}, name};
  snprintf(name, sizeof name, "%s", interface_name);
  for (uint32_t index = 0; index < parameters->domain_name_servers.count && index < SERVER_COUNT; index++) {
    format_address(servers[index], parameters->domain_name_servers.addresses[index]);
    arguments[3 + index] = servers[index];
  }
  run_resolvectl(arguments);
  char domains[SEARCH_LIST_SIZE];
  snprintf(domains, sizeof domains, "%s", search_list(parameters));
  // One name at a time would replace the one before: the list is cut in place into arguments.
  char *search[SERVER_COUNT + 4] = {(char[]){"resolvectl"}, (char[]){"domain"}, name};
  uint32_t count = 0;
  char *rest = NULL;
  for (char *word = strtok_r(domains, " ", &rest); word != NULL && count < SERVER_COUNT; word = strtok_r(NULL, " ", &rest))
    search[3 + count++] = word;
  if (count > 0) run_resolvectl(search);
}

/** Where the file's former content is kept. */
static void name_saved(char saved[PATH_MAX], const char *path) { snprintf(saved, PATH_MAX, "%s.before-leasehold", path); }

/** Whether a file's text begins with our mark; with a name, whether it is that interface's. */
static bool is_marked(const char *text, ssize_t length, const char *interface_name) {
  char mark[64];
  const int size = interface_name == NULL ? snprintf(mark, sizeof mark, MARK)
                                          : snprintf(mark, sizeof mark, MARK "%s\n", interface_name);
  return length >= size && memcmp(text, mark, (size_t)size) == 0;
}

static void write_resolver(const char *path, const char *interface_name, const struct parameters *parameters) {
  static char text[FILE_SIZE];
  char saved[PATH_MAX];
  char address[16];
  name_saved(saved, path);
  const ssize_t present = read_file(path, text, sizeof text);
  // Only the first to write takes the file aside: what another interface's client wrote is not the user's.
  bool kept = present >= 0 ? is_marked(text, present, NULL) || replace_file(saved, text, (size_t)present, 0644) : errno == ENOENT;
  int length = snprintf(text, sizeof text, MARK "%s\n", interface_name);
  if (search_list(parameters)[0] != 0)
    length += snprintf(text + length, sizeof text - (size_t)length, "search %s\n", search_list(parameters));
  for (uint32_t index = 0; index < parameters->domain_name_servers.count; index++)
    length += snprintf(text + length, sizeof text - (size_t)length, "nameserver %s\n",
                       format_address(address, parameters->domain_name_servers.addresses[index]));
  kept = kept && replace_file(path, text, (size_t)length, 0644);
  if (!kept) say("the resolver's file %s can't be written: %s (--resolver none leaves it alone)", path, strerror(errno));
}

void resolver_apply(const char *path, const char *interface_name, const struct parameters *parameters) {
  if (parameters->domain_name_servers.count == 0) resolver_withdraw(path, interface_name);
  else if (managed_by_resolved(path)) tell_resolved(interface_name, parameters);
  else write_resolver(path, interface_name, parameters);
}

void resolver_withdraw(const char *path, const char *interface_name) {
  static char text[FILE_SIZE];
  char saved[PATH_MAX];
  if (managed_by_resolved(path)) {
    char name[32];
    snprintf(name, sizeof name, "%s", interface_name);
    char *arguments[] = {(char[]){"resolvectl"}, (char[]){"revert"}, name, NULL};
    run_resolvectl(arguments);
    return;
  }
  if (!is_marked(text, read_file(path, text, sizeof text), interface_name)) return;
  name_saved(saved, path);
  const ssize_t former = read_file(saved, text, sizeof text);
  const bool back = former < 0 ? errno == ENOENT && unlink(path) == 0
                               : replace_file(path, text, (size_t)former, 0644) && unlink(saved) == 0;
  if (!back) say("the resolver's former settings can't be put back into %s: %s", path, strerror(errno));
}
