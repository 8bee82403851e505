/**
 * The client core as an object: its limits, and its status.
 */
import { ClientStatus, Role } from "#layout";
import { Core } from "./core.js";
import { initialise } from "./module.js";

/** What an instance is sized by. */
export interface ClientLimits {
  /** Bytes of the configuration record and the options behind it. */
  readonly configurationSize: number;
  /** Inputs in a batch. */
  readonly inputSlotCount: number;
  /** Bytes of the largest datagram or frame taken, a multiple of 4, at least 592. */
  readonly inputPayloadSize: number;
  /** Messages that wait to be sent, a power of two. */
  readonly transmitSlotCount: number;
  /** Bytes of the largest message sent, a multiple of 4, at least 300. */
  readonly transmitPayloadSize: number;
  /** Bytes of the journal, a power of two; 0: the lease is not recorded. */
  readonly journalSize: number;
  /** Bytes in which the accepted DHCPACK is kept whole, at least `inputPayloadSize`; 0: none is kept. */
  readonly acknowledgementSize: number;
}

/** Limits that suit any host. */
export const CLIENT_DEFAULTS: ClientLimits = {
  configurationSize: 1024,
  inputSlotCount: 16,
  inputPayloadSize: 1536,
  transmitSlotCount: 8,
  transmitPayloadSize: 576,
  journalSize: 1024,
  acknowledgementSize: 1536,
};

/** An instance of the client core: one for each interface. */
export class ClientCore extends Core {
  readonly limits: ClientLimits;
  /** What the client does and has: read it after each call. */
  readonly status: ClientStatus;

  /** @param module from `compileModule` @param seed of the pseudo-random numbers; the system's entropy by default */
  constructor(module: WebAssembly.Module, limits: ClientLimits = CLIENT_DEFAULTS, seed?: readonly [number, number]) {
    const order = [
      limits.configurationSize,
      limits.inputSlotCount,
      limits.inputPayloadSize,
      limits.transmitSlotCount,
      limits.transmitPayloadSize,
      limits.journalSize,
      limits.acknowledgementSize,
    ];
    const { exports, control } = initialise(module, Role.CLIENT, order, seed);
    super(exports, control);
    this.limits = limits;
    this.status = new ClientStatus(this.view, this.control.status);
  }

  /** A copy of the DHCPACK whose parameters are to be applied, or null when there is none. */
  get acknowledgement(): Uint8Array | null {
    const { acknowledgement, acknowledgementLength } = this.status;
    return acknowledgementLength ? this.bytes.slice(acknowledgement, acknowledgement + acknowledgementLength) : null;
  }
}
