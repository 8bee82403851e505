// How the clients of these tests reach a server: as a station on loopback, or as a relay agent in another network namespace.

import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A way to a server. */
export interface Link {
  /** The relay agent's address that messages carry, or "0.0.0.0". */
  readonly giaddr: string;
  send(message: Uint8Array): void;
  onMessage: (message: Uint8Array) => void;
  close(): void;
}

/** A UDP socket whose datagrams go to one address. */
export async function openLink(own: string, ownPort: number, peer: string, peerPort: number): Promise<Link> {
  const socket = createSocket("udp4");
  socket.bind(ownPort, own);
  await once(socket, "listening");
  const link: Link = {
    giaddr: own.startsWith("127.") ? "0.0.0.0" : own,
    send: (message) => socket.send(message, peerPort, peer),
    onMessage: () => {},
    close: () => socket.close(),
  };
  socket.on("message", (message) => link.onMessage(message));
  return link;
}

/** The same in a network namespace: a process there passes datagrams on. */
export async function openLinkIn(namespace: string, own: string, peer: string): Promise<Link> {
  const script = fileURLToPath(new URL("./relay-process.js", import.meta.url));
  const child = spawn("ip", ["netns", "exec", namespace, process.execPath, script, own, peer], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
  await once(child, "message");
  const link: Link = {
    giaddr: own,
    send: (message) => child.send(message),
    onMessage: () => {},
    close: () => child.disconnect(),
  };
  child.on("message", (message) => link.onMessage(message as Uint8Array));
  return link;
}

/** The same way, which closing leaves open: for servers that come one after the other. */
export function borrowed(link: Link): Link {
  return {
    giaddr: link.giaddr,
    send: (message) => link.send(message),
    get onMessage() {
      return link.onMessage;
    },
    set onMessage(hear) {
      link.onMessage = hear;
    },
    close: () => {},
  };
}
