/**
 * The Ethernet controller of the LM3S6965 (data sheet, chapter 15), polled. Frames go between its FIFOs and the core's memory by words,
 * without a buffer of our own. The controller takes what is addressed to it and broadcasts, and drops what has a wrong frame check sequence;
 * DHCP and ARP use no multicast.
 */
#include "ethernet.h"

#include "cortex-m.h"
#include "interface.h"
#include "port.h"
#include "registers.h"

#include <string.h>

/** MACRIS and MACIM: a frame has arrived; transmission failed; the receive FIFO was full. */
#define RXINT 0x01u
#define TXER 0x02u
#define FOV 0x08u

/** MACRCTL: receive; drop frames with a wrong check sequence; empty the FIFO. */
#define RXEN 0x01u
#define BADCRC 0x08u
#define RSTFIFO 0x10u

/** MACTCTL: transmit; pad short frames; write the check sequence; full duplex. */
#define TXEN 0x01u
#define PADEN 0x02u
#define CRC 0x04u
#define DUPLEX 0x10u

/** MACTR: send what lies in the FIFO; 0 again when it is sent. */
#define NEWTX 0x01u

/** MACMCTL: begin; 0 again when it is done. The number of the PHY's register lies above. */
#define START 0x01u
#define REGADR_SHIFT 3

/** Registers of the PHY: status, with the link in it; diagnostic, with what was negotiated. */
#define MR1 1u
#define MR1_LINK 0x0004u
#define MR18 18u
#define MR18_DPLX 0x0800u

/** The interrupt of the controller is number 42: a bit of the second word of the NVIC's registers. */
#define INTERRUPT_ENABLE CORTEX_M_REGISTER(0xE000E104)
#define INTERRUPT_DISABLE CORTEX_M_REGISTER(0xE000E184)
#define INTERRUPT_CLEAR CORTEX_M_REGISTER(0xE000E284)
#define INTERRUPT_BIT (1u << (42 - 32))

/** What surrounds a frame in the receive FIFO: its length, which counts all three, and its check sequence. */
#define LENGTH_SIZE 2u
#define CHECK_SIZE 4u
#define SURROUNDING_SIZE (LENGTH_SIZE + CHECK_SIZE)

/** Bytes of an Ethernet header, which the length in the transmit FIFO does not count. */
#define HEADER_SIZE 14u

/** Bytes of the receive FIFO: no frame in it is longer. */
#define FIFO_SIZE 2048u

/** What is known between calls. */
static struct {
  uint32_t lost;
  /** What the PHY said of the link last. */
  bool is_up;
} state;

uint32_t ethernet_lost(void) { return state.lost; }

/** Empties the receive FIFO, and receives. */
static void restart_reception(void) {
  ETHERNET->macrctl = RSTFIFO | BADCRC;
  ETHERNET->macrctl = RXEN | BADCRC;
}

/** Asks the PHY for a register. The divider is left at its reset value: 194 kHz, slow enough for any PHY. */
static void ask(uint32_t phy_register) { ETHERNET->macmctl = phy_register << REGADR_SHIFT | START; }

void ethernet_open(void) {
  uint32_t head = SYSTEM_CONTROL->user_reg0;
  uint32_t tail = SYSTEM_CONTROL->user_reg1;
  if (head >> 31) port_fail("no MAC address in the flash: write one to USER_REG0 and USER_REG1");
  ETHERNET->macia0 = head | tail << 24;
  ETHERNET->macia1 = tail >> 8;
  ETHERNET->macim = RXINT;
  ETHERNET->mactctl = TXEN | PADEN | CRC;
  restart_reception();
  ask(MR1);
}

/**
 * Takes what the PHY answered, and asks again, for the status and for what was negotiated in turns: an exchange takes a third of a
 * millisecond, and nobody waits for it.
 */
static void watch_link(void) {
  uint32_t question = ETHERNET->macmctl;
  if (question & START) return;
  uint32_t answer = ETHERNET->macmrxd;
  if (question == MR1 << REGADR_SHIFT) {
    // The status of a PHY that is there is never 0: the link of one that cannot be asked counts as up.
    state.is_up = answer == 0 || (answer & MR1_LINK);
    ask(MR18);
  } else {
    ETHERNET->mactctl = TXEN | PADEN | CRC | (answer & MR18_DPLX ? DUPLEX : 0);
    ask(MR1);
  }
}

bool port_interface(uint32_t index, struct leasehold_interface_change *interface) {
  (void)index;
  watch_link();
  return interface_tell(interface, state.is_up, ETHERNET->macia0, (uint16_t)ETHERNET->macia1);
}

bool port_receive(struct leasehold_input_slot *slot, uint8_t *payload, uint32_t payload_size) {
  if (ETHERNET->macnp == 0) {
    if (ETHERNET->macris & FOV) {
      // The FIFO is left as it is: if part of a frame is in it, the length that seems to come next tells.
      ETHERNET->macris = FOV;
      state.lost++;
    }
    return false;
  }
  uint32_t word = ETHERNET->macdata;
  uint32_t end = (word & 0xffff) - LENGTH_SIZE;
  uint32_t length = end - CHECK_SIZE;
  if (length > FIFO_SIZE) {
    // No frame begins here: what a frame's words are is not known any more.
    restart_reception();
    state.lost++;
    return false;
  }
  memcpy(payload, (uint8_t *)&word + LENGTH_SIZE, 2);
  uint32_t taken = 2;
  for (uint32_t at = 2; at < end; at += 4) {
    word = ETHERNET->macdata;
    if (at + 4 > payload_size) continue;
    memcpy(payload + at, &word, 4);
    taken = at + 4;
  }
  if (taken < length) {
    length = taken;
    slot->flags = LEASEHOLD_INPUT_FLAG_TRUNCATED;
  }
  slot->kind = LEASEHOLD_INPUT_KIND_FRAME;
  slot->length = length;
  return true;
}

bool port_send(const struct leasehold_transmit_descriptor *message, const uint8_t *payload) {
  if (ETHERNET->mactr & NEWTX) return false;
  if (message->kind != LEASEHOLD_TRANSMIT_KIND_FRAME) return true;
  // A failed transmission may have left something in the FIFO: acknowledging it empties the FIFO.
  ETHERNET->macris = TXER;
  uint32_t word = message->length - HEADER_SIZE;
  memcpy((uint8_t *)&word + LENGTH_SIZE, payload, 2);
  ETHERNET->macdata = word;
  // The last word may reach beyond the frame, not beyond the core's slot: a full one ends here with a word.
  for (uint32_t at = 2; at < message->length; at += 4) {
    memcpy(&word, payload + at, 4);
    ETHERNET->macdata = word;
  }
  ETHERNET->mactr = NEWTX;
  return true;
}

void ethernet_wait(void) {
  // An interrupt that is enabled ends WFI though none is taken now; it is disabled again before it could be.
  __asm volatile("cpsid i" ::: "memory");
  ETHERNET->macris = RXINT;
  INTERRUPT_CLEAR = INTERRUPT_BIT;
  INTERRUPT_ENABLE = INTERRUPT_BIT;
  if (ETHERNET->macnp == 0) __asm volatile("wfi" ::: "memory");
  INTERRUPT_DISABLE = INTERRUPT_BIT;
  __asm volatile("cpsie i" ::: "memory");
}
