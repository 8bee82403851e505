/**
 * Firmware as a client that the steps of `tests/interop` can drive, like any other: the machine stands in the host's namespace, its
 * network chip on a tap which a bridge joins with the host's interface.
 */
import { join } from "node:path";
import { type ClientPeer, INTERFACE, type Place, type RunningClient } from "../../interop/peers/peer.js";
import { type Firmware, titleOf } from "./firmware.js";
import { Key, Machine } from "./machine.js";

/** A host in which a machine stands. */
interface Socket {
  readonly mac: string;
  machine: Machine | null;
}

const TAP = "tap0";

/** What the network chip of a machine in a host is plugged into, as QEMU's -netdev says it. */
export const TAP_BACKEND = `tap,ifname=${TAP},script=no,downscript=no`;

/** Makes a host's network that of the machine in it. The machine takes over the interface's hardware address. */
export function wire({ lab, host }: Place): Socket {
  const [interfaceState] = JSON.parse(lab.run(host, "ip", "-j", "link", "show", "dev", INTERFACE)) as {
    address: string;
  }[];
  const mac = interfaceState?.address ?? "";
  const ip = (...args: string[]) => lab.run(host, "ip", ...args);
  ip("link", "set", INTERFACE, "address", mac.replace(/^02:00/, "02:ff"));
  ip("link", "add", "br0", "type", "bridge", "forward_delay", "0");
  ip("tuntap", "add", "dev", TAP, "mode", "tap");
  for (const port of [INTERFACE, TAP]) ip("link", "set", port, "master", "br0", "up");
  ip("link", "set", "br0", "up");
  return { mac, machine: null };
}

/**
 * A client for the steps.
 * @param elf path of the firmware
 */
export function firmwareClient(firmware: Firmware, elf: string): ClientPeer {
  const sockets = new Map<string, Socket>();
  const hasStorage = firmware.qemu.storage !== undefined;

  function start(place: Place): RunningClient {
    const socket = sockets.get(place.host) ?? wire(place);
    sockets.set(place.host, socket);
    const machine = Machine.inLab(place.lab, place.host, {
      qemu: firmware.qemu,
      elf,
      backend: TAP_BACKEND,
      mac: socket.mac,
      ...(hasStorage && { storage: join(place.folder, "storage.img") }),
    });
    socket.machine = machine;
    return {
      program: machine.program,
      async release() {
        const from = machine.mark();
        machine.press(Key.RELEASE);
        await machine.line(/^lease .*address=0\.0\.0\.0/, from);
      },
      stop: () => machine.cutPower(),
      renew: () => machine.press(Key.RENEW),
    };
  }

  /** It has taken the address into use, and answers for it. */
  async function usesAddress({ lab, host }: Place, address: string): Promise<void> {
    const socket = sockets.get(host);
    if (!socket?.machine) throw new Error(`no machine was started in ${host}`);
    await socket.machine.line(new RegExp(`^lease .*address=${address.replaceAll(".", "\\.")} `));
    // A question that carries no address of the asker's is no conflict (RFC 5227 §2.4).
    const asked = lab.start(host, "arping", ["-D", "-I", "br0", "-c", "3", "-w", "3", address]);
    await asked.line(new RegExp(`reply from ${address} \\[${socket.mac}\\]`, "i"));
  }

  // Not every firmware of a board keeps its lease: all of them are told to renew.
  return { name: titleOf(firmware), comesBackBy: null, start, usesAddress };
}
