/** Commands of one byte. */
#include "console.h"

#include "instance.h"
#include "leasehold.h"
#include "log.h"
#include "role.h"

static void report_counters(void) {
  for (uint32_t index = 0; index < core_control->counter_count; index++) {
    const uint32_t *counter = core_record(core_control->counters + index * sizeof *counter, sizeof *counter);
    if (*counter == 0) continue;
    const bool common = index < LEASEHOLD_COMMON_VERDICT_COUNT;
    log_begin("counter");
    log_number("verdict", common ? index : index - LEASEHOLD_COMMON_VERDICT_COUNT + core_control->verdict_base);
    log_number("count", *counter);
    log_end();
  }
}

static void report(void) {
  log_begin("report");
  log_number("received", core_received);
  log_number("sent", core_sent);
  log_number("traps", leasehold_traps());
  port_report();
  log_end();
  report_counters();
  log_begin("report");
  log_number("end", 0);
  log_end();
}

void console_obey(void) {
  for (uint8_t typed = port_console(); typed != 0; typed = port_console()) {
    if (typed == '?') report();
    else role_command(typed);
  }
}
