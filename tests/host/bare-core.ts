// A core without a protocol: memory laid out as a real one's, so that transports can be tried on slots and rings alone.

import {
  Control,
  ControlLayout,
  InputSlotLayout,
  Ring,
  RingLayout,
  TRANSMIT_HEADROOM,
  TransmitDescriptor,
  TransmitDescriptorLayout,
  TransmitKind,
} from "#layout";
import { Core, type CoreExports } from "../../host/core/core.js";

const SLOT_COUNT = 4;
const PAYLOAD_SIZE = 576;
const RING_COUNT = 4;

/** What a test puts into a ring. */
export interface Outgoing {
  kind?: number;
  interfaceIndex?: number;
  sourceAddress?: number;
  destinationAddress?: number;
  sourcePort?: number;
  destinationPort?: number;
  payload: Uint8Array;
}

export class BareCore extends Core {
  readonly #ring: Ring;

  constructor() {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const view = new DataView(memory.buffer);
    const control = new Control(view, 1024);
    control.inputs = control.base + ControlLayout.byteSize;
    control.inputSlotCount = SLOT_COUNT;
    control.inputPayloadSize = PAYLOAD_SIZE;
    control.inputStride = InputSlotLayout.byteSize + PAYLOAD_SIZE;
    const ring = new Ring(view, control.inputs + SLOT_COUNT * control.inputStride);
    ring.descriptors = ring.base + RingLayout.byteSize;
    ring.count = RING_COUNT;
    ring.buffers = ring.descriptors + RING_COUNT * TransmitDescriptorLayout.byteSize;
    ring.bufferStride = TRANSMIT_HEADROOM + PAYLOAD_SIZE;
    control.ready = ring.base;
    control.waiting = ring.base;
    const none = () => 0;
    const exports: CoreExports = { memory, configure: none, restore: none, handleInputs: none, handleTimeout: none };
    super(exports, control.base);
    this.#ring = ring;
  }

  /** Lets a message leave by the ready ring. */
  emit({ payload, ...fields }: Outgoing): void {
    const ring = this.#ring;
    const entry = ring.head % RING_COUNT;
    const descriptor = new TransmitDescriptor(this.view, ring.descriptors + entry * TransmitDescriptorLayout.byteSize);
    this.bytes.fill(0, descriptor.base, descriptor.base + TransmitDescriptorLayout.byteSize);
    Object.assign(descriptor, { kind: TransmitKind.DATAGRAM, ...fields });
    descriptor.payload = ring.buffers + entry * ring.bufferStride + TRANSMIT_HEADROOM;
    descriptor.length = payload.length;
    this.bytes.set(payload, descriptor.payload);
    ring.head++;
    ring.released++;
  }

  /** The payload of a slot. */
  payload(index: number): Uint8Array {
    const at = this.payloadAddress(index);
    return this.bytes.slice(at, at + this.slot(index).length);
  }
}
