/**
 * The other end of a network chip's cable, in the test's own hands: frames as datagrams on loopback (QEMU's `dgram` backend), without
 * root and without a network.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

const LOOPBACK = "127.0.0.1";

/** A cable between a machine and a test. */
export class Cable {
  readonly #socket: Socket;
  readonly #chipPort: number;
  /** Called with each frame that the machine sends. */
  onFrame: (frame: Uint8Array) => void = () => {};

  private constructor(socket: Socket, chipPort: number) {
    this.#socket = socket;
    this.#chipPort = chipPort;
    socket.on("message", (frame) => this.onFrame(Uint8Array.from(frame)));
  }

  /** Lays a cable. */
  static async lay(): Promise<Cable> {
    const [here, there] = await Promise.all([bound(), bound()]);
    const chipPort = there.address().port;
    there.close();
    await once(there, "close");
    return new Cable(here, chipPort);
  }

  /** What the chip is plugged into, as QEMU's -netdev says it. */
  get backend(): string {
    const end = (side: string, port: number) => `${side}.type=inet,${side}.host=${LOOPBACK},${side}.port=${port}`;
    return `dgram,${end("local", this.#chipPort)},${end("remote", this.#socket.address().port)}`;
  }

  /** Sends frames to the machine; resolves when the kernel has them. None may be empty: QEMU takes that for the end. */
  async send(frames: readonly Uint8Array[]): Promise<void> {
    await Promise.all(frames.map((frame) => this.#send(frame)));
  }

  #send(frame: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(frame, this.#chipPort, LOOPBACK, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Takes the cable away. */
  remove(): void {
    this.#socket.close();
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, LOOPBACK);
  await once(socket, "listening");
  return socket;
}
