/**
 * The native server beside the Node server and Kea: the same core, or the same job, over a veth pair in the same run, alternating. Both
 * of ours sync every lease before its DHCPACK; Kea runs as it comes and does not sync. The load is a program in C, so that it is
 * not what limits a server.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildNative, compileImage } from "../boards/linux-programs.js";
import { compare, rivalConfiguration, kea, leasehold, type Load, type Rival } from "./server-rivals.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const program = await buildNative("server");

const native: Rival = {
  name: "leasehold-server, every ACK durable first",
  async start(lab, host, folder) {
    const image = compileImage(folder, "native", rivalConfiguration());
    const server = lab.start(host, program, ["--interface", "eth0", "--state", join(folder, "leases"), image]);
    await server.line(/ready/);
    return server;
  },
};

function buildLoad(): Load {
  const output = join(root, "build/relay-load");
  const options = ["-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-o", output];
  const { status, stderr } = spawnSync("gcc", [...options, join(root, "tests/bench/relay-load.c")], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`gcc does not compile relay-load.c:\n${stderr}`);
  return ({ server, relay, clients, window, seconds }) => [
    output,
    server,
    relay,
    ...[clients, window, seconds].map(String),
  ];
}

// `npm run bench -- native -- leasehold-server` runs one alone.
const asked = process.argv.slice(2);
const rivals = [native, leasehold, kea].filter(
  ({ name }) => asked.length === 0 || asked.some((word) => name.toLowerCase().startsWith(`${word},`)),
);
const results = await compare(rivals, buildLoad());
const [own, ...others] = rivals.map(({ name }) => results.get(name)!);
for (const [index, other] of others.entries())
  console.log(`${rivals[0]?.name}: ${(own! / other).toFixed(2)} × ${rivals[index + 1]?.name}`);
