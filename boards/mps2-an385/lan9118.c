/**
 * The LAN9118 and its relatives (data sheet of the LAN9220, chapters 3 and 5), polled, with 32 bits wide accesses. Frames go
 * between the controller's FIFOs and the caller's memory by words, without a buffer of our own.
 *
 * The controller takes what is addressed to it and broadcasts; DHCP and ARP use no multicast. Nothing waits without a bound; a
 * controller that does not answer in time is treated as one that is not there.
 */
#include "lan9118.h"

#include "entropy.h"
#include "port.h"

#include <stddef.h>
#include <string.h>

/** The registers, by the names of the data sheet. */
static struct {
  /** A read takes a word of what was received. */
  volatile const uint32_t rx_data_fifo;
  uint32_t rx_data_fifo_aliases[7];
  /** A write adds a word to what is to be sent. */
  volatile uint32_t tx_data_fifo;
  uint32_t tx_data_fifo_aliases[7];
  volatile const uint32_t rx_status_fifo;
  uint32_t rx_status_fifo_peek;
  volatile const uint32_t tx_status_fifo;
  uint32_t tx_status_fifo_peek;
  uint32_t id_rev;
  volatile uint32_t irq_cfg;
  volatile uint32_t int_sts;
  volatile uint32_t int_en;
  uint32_t reserved;
  volatile const uint32_t byte_test;
  volatile uint32_t fifo_int;
  volatile uint32_t rx_cfg;
  volatile uint32_t tx_cfg;
  volatile uint32_t hw_cfg;
  uint32_t rx_dp_ctrl;
  volatile const uint32_t rx_fifo_inf;
  volatile const uint32_t tx_fifo_inf;
  volatile uint32_t pmt_ctrl;
  uint32_t gpio_cfg;
  uint32_t gpt_cfg;
  uint32_t gpt_cnt;
  uint32_t reserved_2;
  uint32_t word_swap;
  /** Counts at 25 MHz, from the controller's own oscillator. */
  volatile const uint32_t free_run;
  /** Frames dropped for want of room since it was read last. */
  volatile const uint32_t rx_drop;
  volatile uint32_t mac_csr_cmd;
  volatile uint32_t mac_csr_data;
  uint32_t afc_cfg;
  volatile uint32_t e2p_cmd;
} *const CHIP = (void *)0x40200000;

_Static_assert(offsetof(__typeof__(*CHIP), rx_status_fifo) == 0x40, "RX_STATUS_FIFO");
_Static_assert(offsetof(__typeof__(*CHIP), byte_test) == 0x64, "BYTE_TEST");
_Static_assert(offsetof(__typeof__(*CHIP), pmt_ctrl) == 0x84, "PMT_CTRL");
_Static_assert(offsetof(__typeof__(*CHIP), e2p_cmd) == 0xb0, "E2P_CMD");

/** What BYTE_TEST reads when the bus is right. */
#define BYTE_TEST_VALUE 0x87654321u

/** PMT_CTRL: the controller is awake. HW_CFG: soft reset; always one; 5 KiB of the memory for sending. */
#define READY 0x01u
#define SRST 0x01u
#define MBO 0x00100000u
#define TX_FIF_SZ_5 0x00050000u

/** E2P_CMD: busy; the hardware address came from the EEPROM. */
#define EPC_BUSY 0x80000000u
#define MAC_ADDRESS_LOADED 0x00000100u

/** IRQ_CFG: enabled, active high, push-pull. INT_EN: there is a status in the receive FIFO. */
#define IRQ_ENABLE_HIGH_PUSH_PULL 0x00000111u
#define RSFL 0x08u

/** TX_CFG: sending is on; statuses that nobody takes may be lost. */
#define TX_ON 0x02u
#define TXSAO 0x04u

/** MAC_CSR_CMD: busy; read. The MAC's own registers. */
#define CSR_BUSY 0x80000000u
#define CSR_READ 0x40000000u
#define MAC_CR 1u
#define ADDRH 2u
#define ADDRL 3u
#define MII_ACC 6u
#define MII_DATA 7u

/** MAC_CR: full duplex, sending, receiving. */
#define FDPX 0x00100000u
#define TXEN 0x08u
#define RXEN 0x04u

/** MII_ACC: the PHY inside has address 1; write; busy. Registers of any PHY (IEEE 802.3, 22.2.4). */
#define PHY_ADDRESS (1u << 11)
#define MII_WRITE 0x02u
#define MII_BUSY 0x01u
#define PHY_CONTROL 0u
#define PHY_STATUS 1u
#define PHY_ADVERTISED 4u
#define PHY_PARTNER 5u

/** Bits of the PHY's registers: negotiate, anew; link; the four ways to use a pair of wires, and a selector that says 802.3. */
#define NEGOTIATE_ANEW 0x1200u
#define LINK 0x0004u
#define FULL_100 0x0100u
#define HALF_100 0x0080u
#define FULL_10 0x0040u
#define HALF_10 0x0020u
#define SELECTOR 0x0001u

/** RX_FIFO_INF and TX_FIFO_INF: statuses to be taken; bytes of room. A status: the frame is damaged; its length lies above. */
#define STATUS_COUNT(information) ((information) >> 16 & 0xff)
#define ROOM(information) ((information) & 0xffff)
#define ERROR_SUMMARY 0x8000u
#define LENGTH(status) ((status) >> 16 & 0x3fff)

/** First command word: the first and last piece of a frame. */
#define FIRST_AND_LAST 0x3000u

/** The frame check sequence, which counts as part of a received frame; both command words. */
#define CHECK_SIZE 4u
#define COMMANDS_SIZE 8u

/** Longest wait for anything: a soft reset takes 10 µs, the EEPROM 2 ms, an access to the PHY 30 µs. */
#define PATIENCE_MILLISECONDS 50u

/** Milliseconds for which two oscillators are compared. */
#define ENTROPY_TICKS 16u

static uint32_t lost;

/** Waits until none of `bits` is set in a register. @return false: it took too long */
static bool wait_for_clear(const volatile uint32_t *address, uint32_t bits) {
  uint64_t begun = port_milliseconds();
  while (*address & bits) {
    if (port_milliseconds() - begun > PATIENCE_MILLISECONDS) return false;
  }
  return true;
}

/** Reads a register of the MAC; 0 when it does not answer. */
static uint32_t read_mac(uint32_t index) {
  CHIP->mac_csr_cmd = CSR_BUSY | CSR_READ | index;
  return wait_for_clear(&CHIP->mac_csr_cmd, CSR_BUSY) ? CHIP->mac_csr_data : 0;
}

/** Writes a register of the MAC. @return false: it does not answer, and holds what it held */
static bool write_mac(uint32_t index, uint32_t value) {
  CHIP->mac_csr_data = value;
  CHIP->mac_csr_cmd = CSR_BUSY | index;
  return wait_for_clear(&CHIP->mac_csr_cmd, CSR_BUSY);
}

/** Hands the PHY a command and sees to its end. @return false: it took too long */
static bool command_phy(uint32_t command) {
  uint64_t begun = port_milliseconds();
  if (!write_mac(MII_ACC, PHY_ADDRESS | command | MII_BUSY)) return false;
  while (read_mac(MII_ACC) & MII_BUSY) {
    if (port_milliseconds() - begun > PATIENCE_MILLISECONDS) return false;
  }
  return true;
}

/** Reads a register of the PHY; 0 when it does not answer, which says that there is no link. */
static uint32_t read_phy(uint32_t index) { return command_phy(index << 6) ? read_mac(MII_DATA) : 0; }

/** Writes a register of the PHY. @return false: it does not answer */
static bool write_phy(uint32_t index, uint32_t value) {
  return write_mac(MII_DATA, value) && command_phy(index << 6 | MII_WRITE);
}

/** Adds the hardware address, and where the controller's oscillator stands at ticks of the processor's: no two starts agree on all of them. */
static void add_entropy(void) {
  entropy_add(read_mac(ADDRL));
  for (uint32_t tick = 0; tick < ENTROPY_TICKS; tick++) {
    uint64_t now = port_milliseconds();
    while (port_milliseconds() == now) {
    }
    entropy_add(CHIP->free_run);
  }
}

const char *lan9118_open(void) {
  uint64_t begun = port_milliseconds();
  while (!(CHIP->pmt_ctrl & READY) || CHIP->byte_test != BYTE_TEST_VALUE) {
    if (port_milliseconds() - begun > PATIENCE_MILLISECONDS) return "no LAN9118 answers: check its bus and address";
  }
  CHIP->hw_cfg = SRST;
  if (!wait_for_clear(&CHIP->hw_cfg, SRST)) return "the LAN9118 does not end its reset: check its clock";
  CHIP->hw_cfg = MBO | TX_FIF_SZ_5;
  if (!wait_for_clear(&CHIP->e2p_cmd, EPC_BUSY) || !(CHIP->e2p_cmd & MAC_ADDRESS_LOADED)) {
    return "no MAC address in the LAN9118's EEPROM: set MACADDRESS in the board's config.txt";
  }
  add_entropy();
  if (!write_phy(PHY_ADVERTISED, FULL_100 | HALF_100 | FULL_10 | HALF_10 | SELECTOR) || !write_phy(PHY_CONTROL, NEGOTIATE_ANEW)) {
    return "the LAN9118's PHY does not answer: check its clock";
  }
  CHIP->fifo_int = 0;
  CHIP->int_sts = UINT32_MAX;
  CHIP->int_en = RSFL;
  CHIP->irq_cfg = IRQ_ENABLE_HIGH_PUSH_PULL;
  CHIP->rx_cfg = 0;
  CHIP->tx_cfg = TX_ON | TXSAO;
  return write_mac(MAC_CR, TXEN | RXEN) ? NULL : "the LAN9118's MAC does not answer: check its clock";
}

void lan9118_acknowledge(void) { CHIP->int_sts = RSFL; }

uint32_t lan9118_lost(void) {
  lost += CHIP->rx_drop;
  return lost;
}

/** Uses the wires as negotiated (IEEE 802.3, annex 28B: the better of what both can). @return false: the MAC does not answer */
static bool choose_duplex(void) {
  uint32_t common = read_phy(PHY_ADVERTISED) & read_phy(PHY_PARTNER);
  bool is_full = common & FULL_100 || (!(common & HALF_100) && common & FULL_10);
  return write_mac(MAC_CR, TXEN | RXEN | (is_full ? FDPX : 0));
}

bool lan9118_is_up(void) {
  static bool was_up;
  bool is_up = read_phy(PHY_STATUS) & LINK;
  // Not up before the MAC agrees with the wires: it is tried again at the next call.
  was_up = is_up && (was_up || choose_duplex());
  return was_up;
}

uint32_t lan9118_mac(void) { return read_mac(ADDRL); }

uint16_t lan9118_mac_tail(void) { return (uint16_t)read_mac(ADDRH); }

/** Takes a frame of `length` bytes and its check sequence out of the FIFO; the words of it that fit `room`, a multiple of 4, are kept. */
static void take(uint8_t *frame, uint32_t length, uint32_t room) {
  for (uint32_t at = 0; at < length + CHECK_SIZE; at += 4) {
    uint32_t word = CHIP->rx_data_fifo;
    if (at < room) memcpy(frame + at, &word, 4);
  }
}

bool lan9118_receive(uint8_t *frame, uint32_t size, uint32_t *length) {
  for (uint32_t waiting = STATUS_COUNT(CHIP->rx_fifo_inf); waiting > 0; waiting--) {
    uint32_t status = CHIP->rx_status_fifo;
    bool is_damaged = status & ERROR_SUMMARY || LENGTH(status) < CHECK_SIZE;
    *length = LENGTH(status) - CHECK_SIZE;
    take(frame, *length, is_damaged ? 0 : size);
    if (!is_damaged) return true;
    lost++;
  }
  return false;
}

bool lan9118_send(const uint8_t *frame, uint32_t length) {
  if (ROOM(CHIP->tx_fifo_inf) < COMMANDS_SIZE + length + 3) return false;
  CHIP->tx_data_fifo = FIRST_AND_LAST | length;
  CHIP->tx_data_fifo = length;
  uint32_t at = 0;
  uint32_t word = 0;
  for (; at + 4 <= length; at += 4) {
    memcpy(&word, frame + at, 4);
    CHIP->tx_data_fifo = word;
  }
  if (at < length) {
    memcpy(&word, frame + at, length - at);
    CHIP->tx_data_fifo = word;
  }
  return true;
}
