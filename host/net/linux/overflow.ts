/**
 * Datagrams that the kernel dropped because a receive buffer was full, as the process's network namespace counts them.
 *
 * A socket's own count of drops would tell classes apart, but also counts each copy of a broadcast that its filter left to another
 * socket. The namespace's count has only those that found no room, of all UDP sockets in it: on a DHCP server, its own.
 */
import { readFileSync } from "node:fs";

const COUNTERS = "/proc/self/net/snmp";

/** Counts from its making on. */
export class OverflowCount {
  readonly #before = readCount();

  /** Datagrams dropped since then. */
  get value(): number {
    return readCount() - this.#before;
  }
}

/** Drops for want of room in a socket's buffer, and for want of memory for all of them together. */
function readCount(): number {
  const [names = [], values = []] = readFileSync(COUNTERS, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("Udp: "))
    .map((line) => line.split(" "));
  return ["RcvbufErrors", "MemErrors"].reduce((sum, name) => {
    const column = names.indexOf(name);
    return column < 0 ? sum : sum + Number(values[column]);
  }, 0);
}
