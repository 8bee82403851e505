/**
 * The server core as an object: its limits, and the two calls that only a server has.
 */
import { EXPORT_END, Role } from "#layout";
import { Core } from "./core.js";
import { initialise, type ModuleExports } from "./module.js";

/** What an instance is sized by. Each is a bound: reaching it is counted, never a failure. */
export interface ServerLimits {
  /** Bytes of the configuration image, a multiple of 4. */
  readonly imageSize: number;
  /** Addresses that can be leased. */
  readonly leaseCount: number;
  /** Blocks of 32 bytes for host names, relay information, vendor classes and identifiers of more than 20 bytes. */
  readonly attributeBlockCount: number;
  readonly poolCount: number;
  readonly interfaceCount: number;
  /** Inputs in a batch. */
  readonly inputSlotCount: number;
  /** Bytes of the largest datagram or frame taken, a multiple of 4, at least 576. */
  readonly inputPayloadSize: number;
  /** Answers that leave at once, a power of two. */
  readonly readySlotCount: number;
  /** Answers that wait for the journal, a power of two. */
  readonly waitingSlotCount: number;
  /** Bytes of the largest answer, a multiple of 4, at least 576. */
  readonly transmitPayloadSize: number;
  /** Bytes of records that may wait to become durable, a power of two. */
  readonly journalSize: number;
  /** Addresses probed at once before they are offered. */
  readonly probeCount: number;
}

/** Limits that suit a host with memory to spare; what the configuration decides (image, leases, pools, interfaces) is not among them. */
export const SERVER_DEFAULTS = {
  inputSlotCount: 64,
  inputPayloadSize: 2048,
  readySlotCount: 128,
  waitingSlotCount: 512,
  transmitPayloadSize: 1472,
  journalSize: 262144,
  probeCount: 256,
} as const satisfies Partial<ServerLimits>;

interface ServerExports extends ModuleExports {
  exportRecords(fromLease: number): number;
}

/** An instance of the server core. */
export class ServerCore extends Core {
  readonly #exports: ServerExports;
  readonly limits: ServerLimits;

  /** @param module from `compileModule` @param seed of the pseudo-random numbers; the system's entropy by default */
  constructor(module: WebAssembly.Module, limits: ServerLimits, seed?: readonly [number, number]) {
    const { exports, control } = initialise(module, Role.SERVER, limitsInOrder(limits), seed);
    super(exports, control);
    this.#exports = exports as ServerExports;
    this.limits = limits;
  }

  /**
   * A slice of the records of all leases that are not plainly free, beginning at lease `from`.
   * @returns the records (a view: copy or use it before the next call), and where the next slice begins, null at the end
   */
  exportSlice(from: number): { records: Uint8Array; next: number | null } {
    const next = this.call("exportRecords", () => this.#exports.exportRecords(from)) >>> 0;
    const { transfer, transferLength } = this.control;
    return {
      records: this.bytes.subarray(transfer, transfer + transferLength),
      next: next === EXPORT_END ? null : next,
    };
  }
}

/** The limits in the order of `initialise`'s parameters. */
function limitsInOrder(limits: ServerLimits): number[] {
  return [
    limits.imageSize,
    limits.leaseCount,
    limits.attributeBlockCount,
    limits.poolCount,
    limits.interfaceCount,
    limits.inputSlotCount,
    limits.inputPayloadSize,
    limits.readySlotCount,
    limits.waitingSlotCount,
    limits.transmitPayloadSize,
    limits.journalSize,
    limits.probeCount,
  ];
}
