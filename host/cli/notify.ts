/**
 * Tells systemd that the server is ready (sd_notify(3)): a datagram to the socket that NOTIFY_SOCKET names. Node has no datagram
 * sockets of the UNIX domain, so the C library is called.
 */
import { AF_UNIX, SOCK_DGRAM, unixAddress } from "../net/linux/abi.js";
import type { Log } from "./log.js";

/** Sends `state`, such as "READY=1", where a service manager listens; says so in the log where that fails. */
export async function notifyServiceManager(state: string, log: Log): Promise<void> {
  const name = process.env["NOTIFY_SOCKET"];
  if (name === undefined || name === "" || process.platform !== "linux") return;
  try {
    const { closeDescriptor, connectSocket, openSocket, sendBytes } = await import("../net/linux/libc.js");
    const descriptor = openSocket(AF_UNIX, SOCK_DGRAM, 0);
    try {
      connectSocket(descriptor, unixAddress(name), name);
      sendBytes(descriptor, Buffer.from(state));
    } finally {
      closeDescriptor(descriptor);
    }
  } catch (error) {
    log.warning("notify-failed", `The service manager can't be told "${state}": ${(error as Error).message}.`);
  }
}
