/**
 * The SD card in the board's slot, as the medium of the record store and of modules: SPI mode on SSI0, sector by sector (SD Physical
 * Layer Simplified Specification, chapter 7), without CRC, every wait for the card bounded.
 *
 * The two halves of the store and the two places for a module are 64 KiB each, from 512 KiB of the card on. That lies between a
 * partition table and the place where partitions begin now, 1 MiB: a card may hold file systems beside them.
 *
 * The card is started by the first access, and anew after one that failed, so that it may be taken out and put in again. Erasing does
 * nothing: sectors are written over, and the store doesn't take for its own what an older generation left in them.
 *
 * The display shares SSI0: its select line is held high, and it's not used.
 */
#include "port.h"

#include "registers.h"

#define SECTOR_SIZE 512u
#define AREA_SIZE 0x10000u
#define FIRST_SECTOR 1024u

/** RCGC1 and RCGC2: clocks of SSI0, and of port D; port A's runs already. */
#define RCGC1_SSI0 (1u << 4)
#define RCGC2_GPIO_A (1u << 0)
#define RCGC2_GPIO_D (1u << 3)

/** Port A: clock, receive and transmit of SSI0; select of the display. Port D: select of the card. Low selects. */
#define PINS_SSI0 0x34u
#define PIN_DISPLAY 0x08u
#define PIN_CARD 0x01u

/** SSICR0: 8 bits, clock idle low, sampled at its rising edge. SSICR1: on, as master. SSISR: something came in. */
#define CR0_8_BITS 7u
#define CR1_ON 2u
#define RNE (1u << 2)

/** Dividers of the 50 MHz clock: 397 kHz while the card is identified, which may have 400 kHz; then 12.5 MHz. */
#define DIVIDER_IDENTIFYING 126u
#define DIVIDER 4u

/** Commands. */
#define GO_IDLE_STATE 0u
#define SEND_IF_COND 8u
#define SEND_STATUS 13u
#define SET_BLOCKLEN 16u
#define READ_SINGLE_BLOCK 17u
#define WRITE_BLOCK 24u
#define SD_SEND_OP_COND 41u
#define APP_CMD 55u
#define READ_OCR 58u

/** R1, the first byte of each response: the card is idle, being started. A byte with its highest bit set is none. */
#define R1_IDLE 0x01u
#define NO_RESPONSE 0x80u

/** SEND_IF_COND: 2.7 to 3.6 V, and what a card of version 2 sends back. */
#define VOLTAGE_CHECK 0x1aau

/** SD_SEND_OP_COND: we know cards of more than 2 GiB. READ_OCR: the card is one, and addresses are sectors, not bytes. */
#define HIGH_CAPACITY (1u << 30)

/** Begins a sector's bytes. */
#define START_TOKEN 0xfeu

/** The answer to a sector that was written, and its bits that count. */
#define DATA_RESPONSE_MASK 0x1fu
#define DATA_ACCEPTED 0x05u

/** Longest waits, in milliseconds: until the card has started, has read, has written (4.6.2: 250 ms, 500 ms for the largest). */
#define START_PATIENCE 1000u
#define READ_PATIENCE 100u
#define WRITE_PATIENCE 500u

/** Bytes within which a command is answered (8 at most), and times the first one is given. */
#define RESPONSE_BYTES 9u
#define IDLE_ATTEMPTS 10u

/** Whether the card is started, and what its addresses count. */
static bool started;
static bool addresses_sectors;

const struct port_storage *port_storage(void) {
  static const struct port_storage storage = {
      .record_size = AREA_SIZE, .module_size = AREA_SIZE, .program_size = SECTOR_SIZE};
  return &storage;
}

/** Sends a byte and returns the one that came in meanwhile. Takes eight clocks, whatever the card does. */
static uint8_t exchange(uint8_t byte) {
  SSI0->dr = byte;
  while (!(SSI0->sr & RNE)) {
  }
  return (uint8_t)SSI0->dr;
}

static uint8_t next_byte(void) { return exchange(0xff); }

static void skip_bytes(uint32_t count) {
  for (; count > 0; count--) next_byte();
}

static void select_card(void) { GPIO_PORT_D->data[PIN_CARD] = 0; }

/** Eight more clocks let the card leave the line. */
static void deselect_card(void) {
  GPIO_PORT_D->data[PIN_CARD] = PIN_CARD;
  next_byte();
}

/** Waits for a byte other than `unwanted`. @return it, or `unwanted` when there was none */
static uint8_t wait_while(uint8_t unwanted, uint32_t milliseconds) {
  const uint64_t begun = port_milliseconds();
  uint8_t byte;
  do {
    byte = next_byte();
  } while (byte == unwanted && port_milliseconds() - begun <= milliseconds);
  return byte;
}

/** Waits until the card is no longer busy, which it shows by zeros. */
static bool wait_ready(void) {
  const uint64_t begun = port_milliseconds();
  while (next_byte() != 0xff) {
    if (port_milliseconds() - begun > WRITE_PATIENCE) return false;
  }
  return true;
}

/** Gives a command. Only the first two have to bear a CRC. @return R1, or a byte with NO_RESPONSE */
static uint8_t command(uint32_t number, uint32_t argument) {
  if (number != GO_IDLE_STATE && !wait_ready()) return NO_RESPONSE;
  exchange((uint8_t)(0x40u | number));
  for (uint32_t shift = 32; shift > 0; shift -= 8) exchange((uint8_t)(argument >> (shift - 8)));
  exchange(number == GO_IDLE_STATE ? 0x95 : number == SEND_IF_COND ? 0x87 : 0x01);
  uint8_t response = NO_RESPONSE;
  for (uint32_t i = 0; i < RESPONSE_BYTES && (response & NO_RESPONSE); i++) response = next_byte();
  return response;
}

/** The four bytes that follow R1 in some responses. */
static uint32_t rest_of_response(void) {
  uint32_t value = 0;
  for (uint32_t i = 0; i < 4; i++) value = value << 8 | next_byte();
  return value;
}

static void open_bus(void) {
  SYSTEM_CONTROL->rcgc1 |= RCGC1_SSI0;
  SYSTEM_CONTROL->rcgc2 |= RCGC2_GPIO_A | RCGC2_GPIO_D;
  // A peripheral may be touched three cycles after its clock was started.
  (void)SYSTEM_CONTROL->rcgc2;
  (void)SYSTEM_CONTROL->rcgc2;
  // A pin takes its level once it is an output.
  GPIO_PORT_A->dir |= PIN_DISPLAY;
  GPIO_PORT_A->data[PIN_DISPLAY] = PIN_DISPLAY;
  GPIO_PORT_A->afsel |= PINS_SSI0;
  GPIO_PORT_A->den |= PINS_SSI0 | PIN_DISPLAY;
  GPIO_PORT_D->dir |= PIN_CARD;
  GPIO_PORT_D->data[PIN_CARD] = PIN_CARD;
  GPIO_PORT_D->den |= PIN_CARD;
  SSI0->cr1 = 0;
  SSI0->cr0 = CR0_8_BITS;
  SSI0->cpsr = DIVIDER_IDENTIFYING;
  SSI0->cr1 = CR1_ON;
}

/** Resets the card into SPI mode (7.2.1). */
static bool go_idle(void) {
  for (uint32_t attempt = 0; attempt < IDLE_ATTEMPTS; attempt++) {
    if (command(GO_IDLE_STATE, 0) == R1_IDLE) return true;
  }
  return false;
}

/** Lets the card start, and asks what its addresses are. */
static bool identify(void) {
  if (!go_idle()) return false;
  const bool is_version_2 = command(SEND_IF_COND, VOLTAGE_CHECK) == R1_IDLE;
  if (is_version_2 && (rest_of_response() & 0xfff) != VOLTAGE_CHECK) return false;
  const uint64_t begun = port_milliseconds();
  uint8_t response;
  do {
    command(APP_CMD, 0);
    response = command(SD_SEND_OP_COND, is_version_2 ? HIGH_CAPACITY : 0);
  } while (response == R1_IDLE && port_milliseconds() - begun <= START_PATIENCE);
  if (response != 0 || (command(READ_OCR, 0) & ~R1_IDLE) != 0) return false;
  addresses_sectors = (rest_of_response() & HIGH_CAPACITY) && is_version_2;
  return addresses_sectors || command(SET_BLOCKLEN, SECTOR_SIZE) == 0;
}

static bool start_card(void) {
  open_bus();
  skip_bytes(10); // the card wants 74 clocks before it listens
  select_card();
  const bool identified = identify();
  deselect_card();
  SSI0->cpsr = DIVIDER;
  return identified;
}

static uint32_t address_of(uint32_t sector) { return addresses_sectors ? sector : sector * SECTOR_SIZE; }

/** Reads bytes of one sector; the others are passed over. */
static bool read_sector(uint32_t sector, uint32_t offset, uint8_t *bytes, uint32_t length) {
  if (command(READ_SINGLE_BLOCK, address_of(sector)) != 0) return false;
  if (wait_while(0xff, READ_PATIENCE) != START_TOKEN) return false;
  skip_bytes(offset);
  for (uint32_t i = 0; i < length; i++) bytes[i] = next_byte();
  skip_bytes(SECTOR_SIZE - offset - length + 2); // and the CRC
  return true;
}

/** Writes a sector, and asks whether that went well once the card has done it. */
static bool write_sector(uint32_t sector, const uint8_t *bytes) {
  if (command(WRITE_BLOCK, address_of(sector)) != 0) return false;
  next_byte();
  exchange(START_TOKEN);
  for (uint32_t i = 0; i < SECTOR_SIZE; i++) exchange(bytes[i]);
  skip_bytes(2); // the CRC
  if ((next_byte() & DATA_RESPONSE_MASK) != DATA_ACCEPTED || !wait_ready()) return false;
  return command(SEND_STATUS, 0) == 0 && next_byte() == 0;
}

/** Reads into `to`, or writes from `from`, the other one is null; once more after the card was started anew. */
static bool access_sector(uint32_t sector, uint32_t offset, uint8_t *to, const uint8_t *from, uint32_t length) {
  for (uint32_t attempt = 0; attempt < 2; attempt++) {
    if (!started) started = start_card();
    if (!started) return false;
    select_card();
    started = to ? read_sector(sector, offset, to, length) : write_sector(sector, from);
    deselect_card();
    if (started) return true;
  }
  return false;
}

static uint32_t sector_of(enum port_area area, uint32_t offset) {
  return FIRST_SECTOR + (area * AREA_SIZE + offset) / SECTOR_SIZE;
}

bool port_read(enum port_area area, uint32_t offset, void *bytes, uint32_t length) {
  uint8_t *next = bytes;
  while (length > 0) {
    const uint32_t within = offset % SECTOR_SIZE;
    const uint32_t size = length < SECTOR_SIZE - within ? length : SECTOR_SIZE - within;
    if (!access_sector(sector_of(area, offset), within, next, 0, size)) return false;
    next += size;
    offset += size;
    length -= size;
  }
  return true;
}

bool port_program(enum port_area area, uint32_t offset, const void *bytes, uint32_t length) {
  const uint8_t *next = bytes;
  for (; length > 0; length -= SECTOR_SIZE, offset += SECTOR_SIZE, next += SECTOR_SIZE) {
    if (!access_sector(sector_of(area, offset), 0, 0, next, SECTOR_SIZE)) return false;
  }
  return true;
}

bool port_erase(enum port_area area) {
  (void)area;
  return true;
}
