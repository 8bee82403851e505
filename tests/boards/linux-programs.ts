// The native programs for tests: built once for the process that asks, and driven as any other client or server.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { COMMAND, configuration } from "../interop/peers/leasehold.js";
import { type ClientPeer, INTERFACE, place, type ServerPeer, type ServerWishes } from "../interop/peers/peer.js";

/** The repository's folder. */
export const root = new URL("../../../../", import.meta.url);

interface Firmware {
  buildFirmware(board: string, name: string, variant: { suffix: string }): Promise<string>;
}

const built = new Map<string, Promise<string>>();

/** Builds one of the programs of `boards/linux/board.json`; returns its path. */
export function buildNative(name: string): Promise<string> {
  const path = built.get(name) ?? build(name);
  built.set(name, path);
  return path;
}

/** Each file of tests has programs of its own: several run at a time, and none may be replaced while another runs it. */
async function build(name: string): Promise<string> {
  const suffix = `-${basename(process.argv[1] ?? "", ".js")}`;
  const { buildFirmware } = (await import(new URL("scripts/firmware.js", root).href)) as Firmware;
  return buildFirmware("linux", name, { suffix });
}

/** Why the programs can't be built or tried here, or null. */
export function wanting(programs: Readonly<Record<string, string>>): string | null {
  if (process.getuid?.() !== 0) return "want of root";
  const needed = { gcc: "gcc", wasm2c: "wabt", ip: "iproute2", ...programs };
  const missing = Object.entries(needed).find(([program]) => spawnSync("which", [program]).status !== 0);
  return missing ? `want of a package: ${missing[1]}` : null;
}

/** Compiles a configuration for the native server, by `leasehold compile`; returns the image's path. */
export function compileImage(folder: string, name: string, configured: object): string {
  const file = place(folder, `${name}.json`, JSON.stringify(configured));
  const image = join(folder, `${name}.image`);
  const { status, stderr } = spawnSync(process.execPath, [COMMAND, "compile", file, "-o", image], { encoding: "utf8" });
  if (status !== 0) throw new Error(`leasehold compile: ${stderr}`);
  return image;
}

/** Drives the native client. @param path of the program */
export function nativeClient(path: string): ClientPeer {
  return {
    name: "leasehold-client",
    comesBackBy: "restart",
    start({ lab, host, folder }, wishes) {
      const args = ["--interface", INTERFACE, "--state", join(folder, "native-client"), "--verbose"];
      args.push("--resolver", "none", "--start-delay", "0");
      if (wishes.address !== undefined) args.push("--request", wishes.address);
      if (wishes.leaseSeconds !== undefined) args.push("--lease-time", String(wishes.leaseSeconds));
      if (wishes.preferServer !== undefined) args.push("--prefer-server", wishes.preferServer);
      if (!wishes.probe) args.push("--no-probe");
      const program = lab.start(host, path, args);
      return {
        program,
        async release() {
          program.signal("SIGUSR1");
          await program.ended;
        },
        stop: () => program.end(),
      };
    },
  };
}

/** Drives the native server. @param path of the program */
export function nativeServer(path: string): ServerPeer {
  return {
    name: "leasehold-server",
    async start({ lab, host, folder }, wishes: ServerWishes) {
      const image = compileImage(folder, `native-${wishes.own}`, configuration(wishes));
      const state = join(folder, "native-leases");
      const program = lab.start(host, path, ["--interface", INTERFACE, "--state", state, "--verbose", image]);
      await program.line(/ready/);
      return program;
    },
  };
}

/** Whether the cross-compiler for small static programs is here. */
export function hasMusl(): boolean {
  return existsSync("/usr/bin/musl-gcc");
}
