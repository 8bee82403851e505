/**
 * Leasehold's own servers: the Node host in three ways, and the native one. Every ACK is durable first, but with --volatile.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildNative, compileImage } from "../../boards/linux-programs.js";
import { COMMAND } from "../harness/programs.js";
import { LEASE_SECONDS, type Size, subnetsOf } from "../harness/network.js";
import type { Job, Rival, Start } from "./rival.js";

/** The configuration file's content. */
function configurationOf(size: Size): object {
  const subnets = subnetsOf(size).map(({ network, prefix, first, last }) => ({
    subnet: `${network}/${prefix}`,
    pools: [`${first}-${last}`],
    leaseTime: LEASE_SECONDS,
    probe: false,
  }));
  // The subnet that the server itself is on, where its clients are elsewhere.
  const own = size.subnets > 1 ? [{ subnet: "10.0.0.0/16", pools: [] }] : [];
  return { interfaces: ["eth0"], subnets: [...own, ...subnets] };
}

function serve({ size, folder }: Job, ...more: string[]): Start {
  const file = join(folder, "leasehold.jsonc");
  writeFileSync(file, JSON.stringify(configurationOf(size)));
  return { command: process.execPath, args: [COMMAND, "serve", file, "--state", join(folder, "state"), ...more] };
}

/** `leasehold serve`. */
export const leasehold: Rival = {
  key: "leasehold",
  name: "Leasehold",
  isOurs: true,
  holding: "clients",
  start: (job) => serve(job),
};

/** `leasehold serve --volatile`. */
export const volatile: Rival = {
  key: "volatile",
  name: "Leasehold, in memory",
  isOurs: true,
  holding: "each-start",
  start: (job) => serve(job, "--volatile"),
};

/** `leasehold serve --transport portable`. */
export const portable: Rival = {
  key: "portable",
  name: "Leasehold, portable transport",
  isOurs: true,
  holding: "clients",
  unable: ({ onLink }) => (onLink ? "clients without an address are answered by broadcast there" : null),
  start: (job) => serve(job, "--transport", "portable"),
};

let program = "";

/** The native server of boards/linux. */
export const native: Rival = {
  key: "native",
  name: "Leasehold, native host",
  isOurs: true,
  holding: "clients",
  async build() {
    program = await buildNative("server");
  },
  start({ size, folder }) {
    const image = compileImage(folder, "native", configurationOf(size));
    return { command: program, args: ["--interface", "eth0", "--state", join(folder, "leases"), image] };
  },
};
