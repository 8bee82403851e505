/**
 * The system calls that Node has no words for, by koffi. Addresses cross as numbers: a process's addresses stay below 2⁴⁷,
 * far inside what a double counts exactly. Only 64-bit Linux is served; structures are laid out as its kernel has them (`abi.ts`).
 *
 * A call that fails throws `SystemCallError`, named like Node's own errors (`code` "ENETDOWN"), except where a failure is an
 * ordinary answer (nothing to read, no room to write): those return −errno.
 */
import koffi from "koffi";
import { constants } from "node:os";

/** A system call failed. `code` is the system's name for the error, `call` the call's. */
export class SystemCallError extends Error {
  readonly code: string;
  readonly call: string;

  constructor(call: string, errno: number, what = "") {
    const code = errnoName(errno);
    super(`${call}${what === "" ? "" : ` (${what})`} failed: ${code}`);
    this.name = "SystemCallError";
    this.code = code;
    this.call = call;
  }
}

/** The system's name for an error number: "ENETDOWN". */
export function errnoName(errno: number): string {
  return namesByErrno.get(errno) ?? `E${errno}`;
}

/** The address of the first byte of a buffer that is never grown or moved (array buffers of Node and of WebAssembly are not). */
export function addressOf(buffer: ArrayBufferLike): number {
  return Number(koffi.address(buffer as ArrayBuffer));
}

/** `socket(2)`, always non-blocking and closed on exec. */
export function openSocket(domain: number, type: number, protocol: number): number {
  return succeed("socket", libc().socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
}

/** `setsockopt(2)` with an int. */
export function setOption(descriptor: number, level: number, option: number, value: number): void {
  setOptionBytes(descriptor, level, option, new Uint8Array(new Int32Array([value]).buffer));
}

/** `setsockopt(2)` with any bytes; pointers in them must stay valid during the call. */
export function setOptionBytes(descriptor: number, level: number, option: number, value: Uint8Array): void {
  const at = addressOf(value.buffer) + value.byteOffset;
  succeed("setsockopt", libc().setsockopt(descriptor, level, option, at, value.byteLength));
}

/** `bind(2)` to a packed socket address; `what` names it for the error. */
export function bindSocket(descriptor: number, address: Uint8Array, what: string): void {
  const at = addressOf(address.buffer) + address.byteOffset;
  succeed("bind", libc().bind(descriptor, at, address.byteLength), what);
}

/** `ioctl(2)` on a packed request; returns 0 or −errno. */
export function requestControl(descriptor: number, request: number, argument: Uint8Array): number {
  return orErrno(libc().ioctl(descriptor, request, addressOf(argument.buffer) + argument.byteOffset));
}

/** `recvmmsg(2)`, never waiting: how many messages came, or −errno. */
export function receiveMessages(descriptor: number, headers: number, count: number): number {
  return orErrno(libc().recvmmsg(descriptor, headers, count, MSG_DONTWAIT, 0));
}

/** `sendmmsg(2)`, never waiting: how many messages left, or −errno where the first one failed. */
export function sendMessages(descriptor: number, headers: number, count: number): number {
  return orErrno(libc().sendmmsg(descriptor, headers, count, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/** `recv(2)`, never waiting: bytes read, or −errno. */
export function receiveBytes(descriptor: number, into: Uint8Array): number {
  return orErrno(Number(libc().recv(descriptor, addressOf(into.buffer) + into.byteOffset, into.length, MSG_DONTWAIT)));
}

/** `connect(2)` to a packed socket address; `what` names it for the error. */
export function connectSocket(descriptor: number, address: Uint8Array, what: string): void {
  const at = addressOf(address.buffer) + address.byteOffset;
  succeed("connect", libc().connect(descriptor, at, address.byteLength), what);
}

/** `send(2)` on a connected socket, never waiting. */
export function sendBytes(descriptor: number, bytes: Uint8Array): void {
  const at = addressOf(bytes.buffer) + bytes.byteOffset;
  succeed("send", Number(libc().send(descriptor, at, bytes.byteLength, MSG_DONTWAIT | MSG_NOSIGNAL)));
}

/** `eventfd(2)`, for waking a poll. */
export function openEvent(): number {
  return succeed("eventfd", libc().eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
}

/** Makes an event descriptor readable. */
export function signalEvent(descriptor: number): void {
  succeed("eventfd_write", libc().eventfd_write(descriptor, 1));
}

/** Makes an event descriptor unreadable again. */
export function clearEvent(descriptor: number): void {
  const value = new Uint8Array(8);
  libc().eventfd_read(descriptor, addressOf(value.buffer));
}

/** `poll(2)` on a thread of Node's pool; the promise gives how many descriptors are ready, or −errno. */
export function pollDescriptors(descriptors: number, count: number, milliseconds: number): Promise<number> {
  return new Promise((resolve, reject) => {
    libc().poll.async(descriptors, count, milliseconds, (error: Error | null, result: number) => {
      if (error !== null) reject(error);
      else resolve(orErrno(result));
    });
  });
}

/** `ppoll(2)` on this thread, which waits for up to so many microseconds: how many descriptors are ready, or −errno. */
export function waitForDescriptors(descriptors: number, count: number, microseconds: number): number {
  waitTime[0] = BigInt(Math.floor(microseconds / 1e6));
  waitTime[1] = BigInt(Math.floor(microseconds % 1e6) * 1000);
  return orErrno(libc().ppoll(descriptors, count, addressOf(waitTime.buffer), 0));
}

/** `close(2)`. */
export function closeDescriptor(descriptor: number): void {
  libc().close(descriptor);
}

const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const EFD_NONBLOCK = SOCK_NONBLOCK;
const EFD_CLOEXEC = SOCK_CLOEXEC;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** The `struct timespec` of a wait. */
const waitTime = new BigInt64Array(2);

const namesByErrno = new Map<number, string>();
for (const [name, errno] of Object.entries(constants.errno)) {
  if (!namesByErrno.has(errno)) namesByErrno.set(errno, name);
}

type Call = (...values: number[]) => number;
interface Calls {
  socket: Call;
  setsockopt: Call;
  bind: Call;
  ioctl: Call;
  recvmmsg: Call;
  sendmmsg: Call;
  recv: Call;
  connect: Call;
  send: Call;
  eventfd: Call;
  eventfd_write: Call;
  eventfd_read: Call;
  close: Call;
  ppoll: Call;
  poll: Call & { async: (...values: unknown[]) => void };
}

let calls: Calls | null = null;

/** The calls, looked up at first use: a host that needs none of them runs on any system. */
function libc(): Calls {
  if (calls === null) {
    if (process.platform !== "linux") throw new Error("the Linux transport needs Linux; use the portable one here");
    // Symbols of the process itself: Node is linked with a C library already, be it glibc or musl.
    const library = koffi.load(null);
    calls = {
      socket: library.func("int socket(int, int, int)"),
      setsockopt: library.func("int setsockopt(int, int, int, size_t, uint32_t)"),
      bind: library.func("int bind(int, size_t, uint32_t)"),
      ioctl: library.func("int ioctl(int, unsigned long, size_t)"),
      recvmmsg: library.func("int recvmmsg(int, size_t, uint32_t, int, size_t)"),
      sendmmsg: library.func("int sendmmsg(int, size_t, uint32_t, int)"),
      recv: library.func("long recv(int, size_t, size_t, int)"),
      connect: library.func("int connect(int, size_t, uint32_t)"),
      send: library.func("long send(int, size_t, size_t, int)"),
      eventfd: library.func("int eventfd(uint32_t, int)"),
      eventfd_write: library.func("int eventfd_write(int, uint64_t)"),
      eventfd_read: library.func("int eventfd_read(int, size_t)"),
      close: library.func("int close(int)"),
      ppoll: library.func("int ppoll(size_t, unsigned long, size_t, size_t)"),
      poll: library.func("int poll(size_t, unsigned long, int)") as Calls["poll"],
    };
  }
  return calls;
}

function orErrno(result: number): number {
  return result < 0 ? -koffi.errno() : result;
}

function succeed(call: string, result: number, what = ""): number {
  if (result < 0) throw new SystemCallError(call, koffi.errno(), what);
  return result;
}
