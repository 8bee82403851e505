/**
 * The server's module: its exports, and nothing else. `machine/control.ts` describes what they share with the host.
 */
export { bytesNeeded as memoryNeeded } from "./server/map";
export { initialise, configure, restore, handleInputs, handleTimeout } from "./server/turn";
export { exportSlice as exportRecords } from "./server/export";
