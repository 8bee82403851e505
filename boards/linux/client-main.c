/**
 * `leasehold-client`: opens the interface and the remembered lease, and looks after it until the task is done or it is told to stop.
 */
#include "client-lease.h"
#include "client-link.h"
#include "client-options.h"
#include "events.h"
#include "files.h"
#include "interfaces.h"
#include "leasehold.h"
#include "lock.h"
#include "port.h"
#include "say.h"
#include "storage.h"

#include <errno.h>
#include <limits.h>
#include <net/if_arp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/** Bytes of each half of the file that remembers the lease: a dozen renewals between two generations. */
#define RECORD_SIZE (64u * 1024)

/** What signals type: the first two are for us, the others the console's. */
enum {
  COMMAND_END = 'q',
  COMMAND_GIVE_BACK = 'g',
  COMMAND_START = 's',
  COMMAND_RELEASE = 'r',
  COMMAND_RENEW = 'n',
  COMMAND_STOP = 'p',
  COMMAND_REPORT = '?',
};

static struct client_options options;
static struct kernel_interface interface;
static char records_path[PATH_MAX];
static _Alignas(8) uint8_t configuration[CONFIGURATION_SIZE];
static uint32_t configuration_size;

/** A path in the state folder. */
static void name_file(char path[PATH_MAX], const char *ending) {
  if (snprintf(path, PATH_MAX, "%s/client-%s.%s", options.state, options.interface_name, ending) >= PATH_MAX)
    fail_usage("--state: the path is too long.");
}

/** Asks the client that holds the lock to release, and waits until it has gone. */
static void have_released(const char *lock, pid_t holder) {
  if (holder == 0) fail("%s does not say which client holds it. Send that client USR1 yourself.", lock);
  if (kill(holder, SIGUSR1) != 0)
    fail("The client with pid %d can't be asked to release: %s. Try again, as its user.", (int)holder, strerror(errno));
  if (!wait_for_lock(lock, options.timeout_seconds)) fail("The client with pid %d did not stop in time.", (int)holder);
}

/** Becomes this interface's client. @return false: another one was, and has done what was to be done */
static bool become_the_client(void) {
  char lock[PATH_MAX];
  pid_t holder = 0;
  if (!make_folder(options.state))
    fail("The state folder %s can't be made: %s. Choose another one by --state.", options.state, strerror(errno));
  name_file(lock, "lock");
  if (take_lock(lock, &holder)) return true;
  if (options.task != TASK_RELEASE)
    fail("Another leasehold client (pid %d) serves this interface. Stop it first.", (int)holder);
  have_released(lock, holder);
  return false;
}

void port_open(void) {
  client_lease_open(&options, &interface);
  client_link_open(options.interface_name, interface.index);
  name_file(records_path, "records");
  storage_open(records_path, RECORD_SIZE);
  configuration_size = encode_configuration(&options, interface.mac, configuration);
}

const uint8_t *port_configuration(uint32_t *size) {
  *size = configuration_size;
  return configuration;
}

void port_fail(const char *reason) { fail("%s", reason); }

/** What goes as it should is told only where that was asked for: what has changed is said by those who changed it, in words. */
void port_log(const char *line) {
  static const char *const ordinary[] = {"state ", "lease ", "leasehold "};
  for (size_t i = 0; !options.verbose && i < sizeof ordinary / sizeof *ordinary; i++) {
    if (strncmp(line, ordinary[i], strlen(ordinary[i])) == 0) return;
  }
  say("%s", line);
}

/** Whether the client has stopped, after it was told to; if not, it is told to unless it is giving its lease back. */
static bool has_stopped(void) {
  if (leasehold_state() == LEASEHOLD_CLIENT_STATE_STOPPED) return true;
  if (leasehold_state() != LEASEHOLD_CLIENT_STATE_RELEASING) events_type(COMMAND_STOP);
  return false;
}

/** Notes what signals ask of us. @return whether the end was asked for */
static bool hear_signals(void) {
  if (events_take(COMMAND_GIVE_BACK)) {
    events_type(COMMAND_RELEASE);
    return true;
  }
  return events_take(COMMAND_END);
}

/** Runs until the task is done, a signal comes, or time is up. */
static void run(void) {
  const bool keeps = options.task == TASK_KEEP;
  const uint64_t end = keeps ? UINT64_MAX : port_milliseconds() + 1000ull * options.timeout_seconds;
  bool ending = options.task == TASK_RELEASE;
  events_type(options.task == TASK_RELEASE ? COMMAND_RELEASE : COMMAND_START);
  for (;;) {
    const uint32_t wait = leasehold_poll();
    if (ending && has_stopped()) break;
    if (options.task == TASK_ONCE && client_lease_is_held()) break;
    const uint64_t now = port_milliseconds();
    if (now >= end)
      fail("Nothing was obtained in time. Is there a DHCP server on this link? (--timeout sets how long to try)");
    port_wait(end - now < wait ? (uint32_t)(end - now) : wait);
    if (hear_signals()) ending = true;
  }
  // What was kept to send leaves.
  port_wait(0);
}

int main(int word_count, char **words) {
  say_as("leasehold-client");
  read_client_options(word_count, words, &options);
  say_as(options.interface_name);
  const int changes = open_interfaces();
  if (!read_interface(options.interface_name, &interface))
    fail("There is no interface %s. `ip link` lists those there are.", options.interface_name);
  if (interface.htype != ARPHRD_ETHER) fail("%s is no Ethernet, and its client speaks in frames.", options.interface_name);
  if (!become_the_client()) return EXIT_CODE_DONE;
  client_link_watch(changes);
  events_on_signal(SIGINT, COMMAND_END);
  events_on_signal(SIGTERM, COMMAND_END);
  events_on_signal(SIGUSR1, COMMAND_GIVE_BACK);
  events_on_signal(SIGHUP, COMMAND_RENEW);
  events_on_signal(SIGUSR2, COMMAND_REPORT);
  leasehold_start();
  if (options.task == TASK_RELEASE && !client_lease_is_remembered())
    fail("no lease is remembered for %s. Looked beside %s; see --state.", options.interface_name, records_path);
  run();
  if (options.task == TASK_RELEASE) client_lease_forget();
  return EXIT_CODE_DONE;
}
