/**
 * The network device: virtio-net over virtio-mmio (OASIS Virtual I/O Device 1.1, §4.2, §5.1).
 *
 * Version 2 of the transport, virtio 1.x proper, is spoken and no other: the legacy one (version 1) wants its queues in whole pages of 4 KiB,
 * and it is the one that hypervisors leave out. No feature is asked for but the hardware address and the link's state, so that all
 * frames come with their checksums filled in.
 *
 * Frames arrive in buffers of our own and are copied into the slot, since the device needs a place before it is known
 * which slot comes next. One frame at a time is kept to be sent.
 */
#include "interface.h"
#include "port.h"
#include "virt.h"

#include <string.h>

/** The eight places of the bus, and the interrupt of the first. */
#define BUS 0x10001000u
#define BUS_STRIDE 0x1000u
#define BUS_PLACES 8u
#define BUS_FIRST_INTERRUPT 1u

/** Registers of the transport (§4.2.2). */
enum {
  MAGIC_VALUE = 0x000,
  VERSION = 0x004,
  DEVICE_ID = 0x008,
  DEVICE_FEATURES = 0x010,
  DEVICE_FEATURES_SELECT = 0x014,
  DRIVER_FEATURES = 0x020,
  DRIVER_FEATURES_SELECT = 0x024,
  QUEUE_SELECT = 0x030,
  QUEUE_NUMBER = 0x038,
  QUEUE_READY = 0x044,
  QUEUE_NOTIFY = 0x050,
  INTERRUPT_STATUS = 0x060,
  INTERRUPT_ACKNOWLEDGE = 0x064,
  STATUS = 0x070,
  QUEUE_DESCRIPTORS = 0x080,
  QUEUE_AVAILABLE = 0x090,
  QUEUE_USED = 0x0a0,
  CONFIGURATION = 0x100,
};

#define MAGIC 0x74726976u
#define NETWORK_DEVICE 1u

/** Bits of the device's status (§2.1). */
#define ACKNOWLEDGE 1u
#define DRIVER 2u
#define DRIVER_OK 4u
#define FEATURES_OK 8u

/** Longest wait for a reset. */
#define RESET_TICKS (1000u * TICKS_PER_MILLISECOND)

/** Features (§5.1.3, §6): the first 32 and the next. */
#define FEATURE_MAC (1u << 5)
#define FEATURE_STATUS (1u << 16)
#define FEATURE_VERSION_1 (1u << 0)

/** Bit of the configuration's `status`, six bytes behind its beginning. */
#define LINK_UP 1u
#define LINK_STATUS_AT 6u

/** Entries of a queue, a power of two, and bytes of a buffer: the header of §5.1.6 and the largest frame. */
#define ENTRIES 4u
#define HEADER_SIZE 12u
#define BUFFER_SIZE (HEADER_SIZE + 1514u)

/** The device writes the buffer. */
#define DESCRIPTOR_WRITE 2u

enum queue_index { RECEIVE = 0, TRANSMIT = 1 };

/** A split queue (§2.6), and how far into `used` we are. */
struct queue {
  struct {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
  } descriptors[ENTRIES] __attribute__((aligned(16)));
  struct {
    uint16_t flags;
    volatile uint16_t index;
    uint16_t entries[ENTRIES];
  } available;
  struct {
    uint16_t flags;
    volatile uint16_t index;
    struct {
      uint32_t descriptor;
      uint32_t length;
    } entries[ENTRIES];
  } used __attribute__((aligned(4)));
  uint16_t taken;
};

static struct queue queues[2];
static uint8_t received[ENTRIES][BUFFER_SIZE];
static uint8_t transmitted[BUFFER_SIZE];
static uint32_t device;
static uint8_t mac[6];
static bool tells_link;

static volatile uint32_t *device_register(uint32_t offset) { return &REGISTER(device + offset); }

/** Bytes of the configuration may be read one by one. */
static uint8_t configuration(uint32_t offset) { return *(volatile uint8_t *)(device + CONFIGURATION + offset); }

/** Tells the device an address of 64 bits. */
static void set_address(uint32_t offset, const volatile void *address) {
  *device_register(offset) = (uint32_t)address;
  *device_register(offset + 4) = 0;
}

/** Hands a descriptor to the device. */
static void offer(enum queue_index index, uint32_t descriptor) {
  struct queue *queue = &queues[index];
  queue->available.entries[queue->available.index % ENTRIES] = (uint16_t)descriptor;
  __sync_synchronize(); /* the entry before the index, */
  queue->available.index++;
  __sync_synchronize(); /* the index before the bell */
  *device_register(QUEUE_NOTIFY) = index;
}

static void open_queue(enum queue_index index) {
  struct queue *queue = &queues[index];
  *device_register(QUEUE_SELECT) = index;
  *device_register(QUEUE_NUMBER) = ENTRIES;
  set_address(QUEUE_DESCRIPTORS, queue->descriptors);
  set_address(QUEUE_AVAILABLE, &queue->available);
  set_address(QUEUE_USED, &queue->used);
  *device_register(QUEUE_READY) = 1;
}

/** Takes what is offered of the features `wanted`. @param half 0: features 0 to 31, 1: 32 to 63 @return what was taken */
static uint32_t take_features(uint32_t half, uint32_t wanted) {
  *device_register(DEVICE_FEATURES_SELECT) = half;
  uint32_t taken = *device_register(DEVICE_FEATURES) & wanted;
  *device_register(DRIVER_FEATURES_SELECT) = half;
  *device_register(DRIVER_FEATURES) = taken;
  return taken;
}

/** Resets the device. @return whether it said so in time (§2.1.2: nothing may be asked of it before) */
static bool reset_device(void) {
  uint32_t begun = clock_ticks();
  *device_register(STATUS) = 0;
  while (*device_register(STATUS) != 0) {
    if (clock_ticks() - begun > RESET_TICKS) return false;
  }
  return true;
}

/** Agrees on features with the device (§3.1.1). @return whether it has what cannot be done without, and accepted ours */
static bool negotiate(void) {
  if (!reset_device()) return false;
  *device_register(STATUS) = ACKNOWLEDGE | DRIVER;
  uint32_t taken = take_features(0, FEATURE_MAC | FEATURE_STATUS);
  tells_link = taken & FEATURE_STATUS;
  if (!(taken & FEATURE_MAC) || !take_features(1, FEATURE_VERSION_1)) return false;
  *device_register(STATUS) = ACKNOWLEDGE | DRIVER | FEATURES_OK;
  return *device_register(STATUS) & FEATURES_OK;
}

uint32_t network_open(void) {
  uint32_t place = 0;
  for (; place < BUS_PLACES; place++) {
    device = BUS + place * BUS_STRIDE;
    if (*device_register(MAGIC_VALUE) == MAGIC && *device_register(VERSION) == 2 &&
        *device_register(DEVICE_ID) == NETWORK_DEVICE) {
      break;
    }
  }
  if (place == BUS_PLACES || !negotiate()) return 0;
  for (uint32_t index = 0; index < sizeof mac; index++) mac[index] = configuration(index);
  open_queue(RECEIVE);
  open_queue(TRANSMIT);
  *device_register(STATUS) = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK;
  for (uint32_t index = 0; index < ENTRIES; index++) {
    queues[RECEIVE].descriptors[index].address = (uint32_t)received[index];
    queues[RECEIVE].descriptors[index].length = BUFFER_SIZE;
    queues[RECEIVE].descriptors[index].flags = DESCRIPTOR_WRITE;
    offer(RECEIVE, index);
  }
  queues[TRANSMIT].descriptors[0].address = (uint32_t)transmitted;
  return BUS_FIRST_INTERRUPT + place;
}

void network_acknowledge(void) {
  *device_register(INTERRUPT_ACKNOWLEDGE) = *device_register(INTERRUPT_STATUS);
}

const uint8_t *network_address(void) { return mac; }

bool port_interface(uint32_t index, struct leasehold_interface_change *interface) {
  (void)index;
  uint32_t mac_head;
  uint16_t mac_tail;
  memcpy(&mac_head, mac, 4);
  memcpy(&mac_tail, mac + 4, 2);
  return interface_tell(interface, !tells_link || configuration(LINK_STATUS_AT) & LINK_UP, mac_head, mac_tail);
}

bool port_receive(struct leasehold_input_slot *slot, uint8_t *payload, uint32_t payload_size) {
  struct queue *queue = &queues[RECEIVE];
  if (queue->taken == queue->used.index) return false;
  __sync_synchronize(); /* the index before the entry and the frame */
  uint32_t descriptor = queue->used.entries[queue->taken % ENTRIES].descriptor % ENTRIES;
  uint32_t length = queue->used.entries[queue->taken % ENTRIES].length - HEADER_SIZE;
  queue->taken++;
  if (length > BUFFER_SIZE - HEADER_SIZE) length = 0; /* no frame, whatever the device says */
  slot->kind = LEASEHOLD_INPUT_KIND_FRAME;
  if (length > payload_size) {
    length = payload_size;
    slot->flags = LEASEHOLD_INPUT_FLAG_TRUNCATED;
  }
  slot->length = length;
  memcpy(payload, received[descriptor] + HEADER_SIZE, length);
  offer(RECEIVE, descriptor);
  return true;
}

bool port_send(const struct leasehold_transmit_descriptor *message, const uint8_t *payload) {
  struct queue *queue = &queues[TRANSMIT];
  if (message->kind != LEASEHOLD_TRANSMIT_KIND_FRAME || message->length > BUFFER_SIZE - HEADER_SIZE) return true;
  if (queue->available.index != queue->used.index) return false;
  memcpy(transmitted + HEADER_SIZE, payload, message->length);
  queue->descriptors[0].length = HEADER_SIZE + message->length;
  offer(TRANSMIT, 0);
  return true;
}
