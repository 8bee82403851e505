/** The network of a board without an IP stack: frames between the LAN9118 and the core, and a light that is on while there is an address. */
#include "cortex-m.h"
#include "interface.h"
#include "lan9118.h"
#include "log.h"

/** The lights of the FPGA: bit 0 is USERLED0. */
#define LIGHTS CORTEX_M_REGISTER(0x40028000)

bool port_interface(uint32_t index, struct leasehold_interface_change *interface) {
  (void)index;
  return interface_tell(interface, lan9118_is_up(), lan9118_mac(), lan9118_mac_tail());
}

bool port_receive(struct leasehold_input_slot *slot, uint8_t *payload, uint32_t payload_size) {
  uint32_t length;
  if (!lan9118_receive(payload, payload_size, &length)) return false;
  slot->kind = LEASEHOLD_INPUT_KIND_FRAME;
  slot->flags = length > payload_size ? LEASEHOLD_INPUT_FLAG_TRUNCATED : 0;
  slot->length = length > payload_size ? payload_size : length;
  return true;
}

bool port_send(const struct leasehold_transmit_descriptor *message, const uint8_t *payload) {
  return message->kind != LEASEHOLD_TRANSMIT_KIND_FRAME || lan9118_send(payload, message->length);
}

void port_apply(const struct leasehold_client_status *status, const uint8_t *acknowledgement) {
  (void)acknowledgement;
  // The core answers ARP for the address; a program beside it would take it from here.
  LIGHTS = status->address != 0;
}

void port_report(void) {
  log_number("stack", cortex_m_stack_used());
  log_number("lost", lan9118_lost());
  log_number("faults", cortex_m_fault_count());
}
