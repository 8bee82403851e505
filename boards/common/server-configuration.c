/** The configuration of a board's server: the image that was compiled from the file that `board.json` names, and linked in. */
#include "port.h"

#include "configuration.h"

const uint8_t *port_configuration(uint32_t *size) {
  *size = leasehold_configuration_size;
  return leasehold_configuration;
}
