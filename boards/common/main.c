/** A board that does nothing else. */
#include "leasehold.h"
#include "port.h"

int main(void) {
  leasehold_start();
  for (;;) port_wait(leasehold_poll());
}
