/**
 * UDP sockets of `node:dgram`, with what its events leave out: binding as a promise, errors as sentences, failures counted.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { formatAddress } from "../core/address.js";
import { UserError } from "../user-error.js";
import { countFailure, type TransportStatistics } from "./transport.js";

/** How a socket is bound. */
export interface DatagramOptions {
  /** Own address as a number; 0: all. */
  readonly address: number;
  /** Own port; 0: any that is free. */
  readonly port: number;
  /** Whether other sockets of this process may be bound to the same port. */
  readonly shared: boolean;
}

/** Called for each datagram that arrives. */
export type DatagramHandler = (bytes: Uint8Array, from: RemoteInfo) => void;

/** A bound socket that may broadcast. */
export class DatagramSocket {
  readonly #socket: Socket;
  readonly #statistics: TransportStatistics;
  /** The port it is bound to. */
  readonly port: number;

  private constructor(socket: Socket, statistics: TransportStatistics) {
    this.#socket = socket;
    this.#statistics = statistics;
    this.port = socket.address().port;
  }

  /**
   * Opens and binds a socket.
   * @throws {UserError} the port is taken, needs rights, or the address is not this machine's
   */
  static async bind(
    options: DatagramOptions,
    statistics: TransportStatistics,
    handler: DatagramHandler,
  ): Promise<DatagramSocket> {
    const socket = createSocket({ type: "udp4", reuseAddr: options.shared, lookup: numericLookup });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind({ address: formatAddress(options.address), port: options.port }, resolve);
    }).catch((error: NodeJS.ErrnoException) => {
      socket.close();
      throw bindError(error, options);
    });
    socket.removeAllListeners("error");
    socket.on("error", (error) => countFailure(statistics, error));
    socket.on("message", handler);
    socket.setBroadcast(true);
    return new DatagramSocket(socket, statistics);
  }

  /** Sends a copy of `bytes`: the core uses its memory again before the system may have read it. */
  send(bytes: Uint8Array, address: number, port: number): void {
    this.#socket.send(Buffer.from(bytes), port, formatAddress(address), (error) => {
      if (error) countFailure(this.#statistics, error);
      else this.#statistics.sent++;
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}

/** Addresses are always numeric: nothing is looked up, so nothing waits. */
function numericLookup(
  address: string,
  _options: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  callback(null, address, 4);
}

function bindError(error: NodeJS.ErrnoException, { address, port }: DatagramOptions): UserError {
  const where = `UDP ${formatAddress(address)} port ${port}`;
  const options = { cause: error };
  switch (error.code) {
    case "EACCES":
      return new UserError(
        `No right to use ${where}.`,
        "Run as root, or give the process CAP_NET_BIND_SERVICE, or choose a port above 1023.",
        options,
      );
    case "EADDRINUSE":
      return new UserError(
        `${where} is in use.`,
        "Another program (a DHCP server or client, dnsmasq, libvirt, a container engine) holds it: stop that, or choose another port.",
        options,
      );
    case "EADDRNOTAVAIL":
      return new UserError(
        `${where}: this machine does not have that address.`,
        "Give the interface its address first.",
        options,
      );
    default:
      return new UserError(`${where} cannot be opened: ${error.message}.`, "", options);
  }
}
