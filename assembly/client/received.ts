/**
 * The message that is being handled, for the actions that use it; its options are those that are indexed. And what the
 * actions found about the input: its verdict.
 */

/** Address and length of the message; 0 outside the handling of one. */
export let receivedMessage: usize = 0;
export let receivedLength: u32 = 0;
/** Address of the sender's hardware address where the message came in a frame, otherwise 0. */
export let receivedMac: usize = 0;

/** What became of the input, once an action has said so; 0: none has. */
export let conclusion: u32 = 0;

/** Begins the handling of an input: nothing is received, nothing concluded. */
export function beginInput(): void {
  receivedMessage = receivedMac = 0;
  receivedLength = conclusion = 0;
}

/** Makes a message the one that is handled. */
export function receive(message: usize, length: u32, mac: usize): void {
  receivedMessage = message;
  receivedLength = length;
  receivedMac = mac;
}

/** Says what became of the input. */
export function conclude(verdict: u32): void {
  conclusion = verdict;
}
