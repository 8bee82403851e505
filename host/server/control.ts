/**
 * The control socket: how other processes of the same user ask a running server. A UNIX socket in the state folder, mode
 * 0600; one JSON object a line, one request a connection.
 *
 *     → {"command":"leases"}
 *     ← {"item":{…}}            any number of them
 *     ← {"end":true}            or {"error":"…","advice":"…"}
 *
 * Whoever can open the socket is the server's own user or root. Requests are bounded all the same: a slow or broken asker holds
 * nothing but its own connection.
 */
import { chmodSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { reasonOf } from "../reasons.js";
import { UserError } from "../user-error.js";

/** The socket's name in the state folder. */
const SOCKET_NAME = "control.sock";

/** Longest path that a UNIX socket can have, in bytes. */
const MOST_PATH_BYTES = 107;

/** Longest request, in characters. */
const MOST_REQUEST_LENGTH = 4096;

/** Connections served at once. */
const MOST_CONNECTIONS = 16;

/** How long a connection may be silent, in milliseconds. */
const SILENCE_LIMIT_MILLISECONDS = 10_000;

/** Items that are written between two looks at whether the asker keeps up. */
const ITEMS_A_TURN = 64;

/** Answers to one command: each item becomes a line. A `UserError` is told to the asker. */
export type ControlHandler = () => AsyncIterable<object> | Iterable<object>;

/** The socket's path for a state folder. @throws {UserError} it is too long */
export function controlPath(stateFolder: string): string {
  const path = join(stateFolder, SOCKET_NAME);
  if (Buffer.byteLength(path) <= MOST_PATH_BYTES) return path;
  throw new UserError(
    `The path of the state folder, ${stateFolder}, is too long for a socket in it.`,
    `Choose one of at most ${MOST_PATH_BYTES - SOCKET_NAME.length - 1} bytes.`,
  );
}

/** A socket that answers. */
export class ControlSocket {
  readonly #server: Server;
  readonly #connections = new Set<Socket>();

  private constructor(handlers: ReadonlyMap<string, ControlHandler>) {
    this.#server = createServer((socket) => {
      this.#connections.add(socket);
      socket.on("close", () => this.#connections.delete(socket));
      socket.on("error", () => socket.destroy());
      socket.setTimeout(SILENCE_LIMIT_MILLISECONDS, () => socket.destroy());
      serve(socket, handlers);
    });
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  /**
   * Opens the socket at `path`. What another server left there is replaced: the caller holds the store's lock, so none runs.
   * @throws {UserError} it can't be opened
   */
  static async open(path: string, handlers: ReadonlyMap<string, ControlHandler>): Promise<ControlSocket> {
    const control = new ControlSocket(handlers);
    // The socket is made with these rights, not given them afterwards: nobody gets in between.
    const mask = process.umask(0o177);
    try {
      rmSync(path, { force: true });
      await new Promise<void>((resolve, reject) => {
        // Stays: a connection that can't be accepted for want of descriptors is the asker's loss, and ends no server.
        control.#server.on("error", reject);
        control.#server.listen(path, resolve);
      });
      chmodSync(path, 0o600);
    } catch (cause) {
      throw new UserError(
        `The control socket ${path} can't be opened: ${reasonOf(cause)}.`,
        "Choose another state folder.",
        { cause },
      );
    } finally {
      process.umask(mask);
    }
    return control;
  }

  /** Closes the socket, which takes its file away, and every connection. */
  close(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

function serve(socket: Socket, handlers: ReadonlyMap<string, ControlHandler>): void {
  let request = "";
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    if (request.includes("\n")) return;
    request += text;
    const end = request.indexOf("\n");
    if (end >= 0) void answer(socket, handlers, request.slice(0, end));
    else if (request.length > MOST_REQUEST_LENGTH) socket.destroy();
  });
}

/** Writes all lines of an answer; an asker that goes away ends it. */
async function answer(socket: Socket, handlers: ReadonlyMap<string, ControlHandler>, line: string): Promise<void> {
  try {
    const handler = handlers.get(commandIn(line));
    if (!handler)
      throw new UserError("The server does not know this command.", "Use the command line of the same release.");
    let lines = "";
    let count = 0;
    for await (const item of handler()) {
      if (socket.destroyed) return;
      lines += `${JSON.stringify({ item })}\n`;
      if (++count % ITEMS_A_TURN !== 0) continue;
      await write(socket, lines);
      lines = "";
    }
    await write(socket, `${lines}{"end":true}\n`);
  } catch (error) {
    const { message } = error as Error;
    const advice = error instanceof UserError ? error.advice : "";
    await write(socket, `${JSON.stringify({ error: message, advice })}\n`);
  }
  socket.end();
}

function commandIn(line: string): string {
  try {
    const request = JSON.parse(line) as { command?: unknown } | null;
    return String(request?.command);
  } catch {
    throw new UserError("The request is not JSON.", "");
  }
}

/** Writes, and waits until the asker has room for more. */
async function write(socket: Socket, lines: string): Promise<void> {
  if (socket.destroyed || socket.write(lines)) return;
  await new Promise<void>((resolve) => {
    socket.once("drain", resolve);
    socket.once("close", resolve);
  });
}

/** No server answers at the socket. */
export class NotRunning extends Error {
  override readonly name = "NotRunning";
}

/**
 * Asks the server at `path`, and yields the items of its answer.
 * @throws {NotRunning} no server is there @throws {UserError} the server refuses, or the socket is not ours
 */
export async function* askControl(path: string, command: string): AsyncGenerator<unknown> {
  const socket = await open(path);
  try {
    socket.write(`${JSON.stringify({ command })}\n`);
    for await (const line of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
      const reply = JSON.parse(line) as { item?: unknown; error?: string; advice?: string; end?: true };
      if (reply.error !== undefined) throw new UserError(reply.error, reply.advice);
      if (reply.end) return;
      yield reply.item;
    }
    throw new UserError("The server broke off its answer.", "Is it stopping? Ask again.");
  } finally {
    socket.destroy();
  }
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", (cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT" || cause.code === "ECONNREFUSED") reject(new NotRunning(`no server at ${path}`));
      else if (cause.code === "EACCES") {
        reject(
          new UserError(
            `You may not ask the server at ${path}.`,
            "Ask as root, or as the user that the server runs as.",
            { cause },
          ),
        );
      } else {
        const message = `The server at ${path} can't be asked: ${reasonOf(cause)}.`;
        reject(new UserError(message, "Name the server's state folder with --state DIR.", { cause }));
      }
    });
  });
}
