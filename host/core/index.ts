/**
 * What this package offers to programs that embed the protocol core: modules become objects, memory becomes typed views.
 * Records and enumerations are in `leasehold/layout`.
 */
export { formatAddress, formatHardware, maskOf, parseAddress, prefixOf } from "./address.js";
export { CLIENT_DEFAULTS, ClientCore, type ClientLimits } from "./client.js";
export { Core } from "./core.js";
export { type InterfaceState, putCommand, putDurable, putEntropy, putInterface, putWallClock } from "./inputs.js";
export { compileModule, LoadError, randomSeed, readModule } from "./module.js";
export { type Lease, readLease, RecordError, recordsIn } from "./record.js";
export { RingView } from "./ring.js";
export { SERVER_DEFAULTS, ServerCore, type ServerLimits } from "./server.js";
export { explainClientVerdict } from "./verdicts/client.js";
export type { VerdictText } from "./verdicts/common.js";
export { explainServerVerdict } from "./verdicts/server.js";
export { CoreTrap, type TrappedBatch } from "./trap.js";
