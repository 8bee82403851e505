/** The loop of `boards/common/main.c`, which says of each turn that received or sent something what it cost. */
#include "cost.h"
#include "instance.h"
#include "leasehold.h"
#include "port.h"

int main(void) {
  leasehold_start();
  for (;;) {
    const uint32_t received = core_received;
    const uint32_t sent = core_sent;
    const uint64_t begun = cost_clock();
    const uint32_t wait = leasehold_poll();
    if (core_received != received || core_sent != sent) cost_say(core_received - received, begun);
    port_wait(wait);
  }
}
