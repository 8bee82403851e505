/**
 * `leasehold demo`, which is what `npm start` runs: a server and a few clients over UDP on loopback, without root and without
 * touching the machine's network. Everything is what it would be on a link (cores, loops, journal, messages) except the link
 * itself, which is `net/loopback.ts`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Clock, openClock } from "../clock.js";
import { compileConfiguration } from "../config/compile.js";
import { parseAddress } from "../core/address.js";
import { compileModule, readModule } from "../core/module.js";
import { LoopbackTransport } from "../net/loopback.js";
import { Server } from "../server/server.js";
import { openJournal } from "../store/journal.js";
import { type Command, ExitCode, type Invocation, UsageError } from "./command.js";
import { DemoClient, type Rung } from "./demo-client.js";

const SERVER_ADDRESS = "192.0.2.1";

/** Short enough that a renewal can be waited for. */
const LEASE_SECONDS = 16;

/** How long the server still listens when the clients have given their leases back, in milliseconds. */
const LAST_WORDS = 100;

const NAMES = ["ada", "alan", "grace", "edsger", "barbara", "donald", "radia", "vint"] as const;

const AFTERWORDS = `
To serve a real network (this serves the interface's own subnet, after saying what it will do):
  sudo node build/js/host/cli/main.js serve --interface NAME
To be a client on one:
  sudo node build/js/host/cli/main.js lease --interface NAME
All commands:
  node build/js/host/cli/main.js --help
`;

/** The subcommand. */
export const command: Command = {
  name: "demo",
  usage: ["[--clients COUNT] [--lease SECONDS]"],
  description: `
Runs a server with its journal in a temporary folder, and clients that obtain leases of a few seconds, renew them, and now and
then give one back. Serves until Ctrl-C. The machine's own network is not touched: the messages go over UDP on 127.0.0.1, at
ports that need no rights.`,
  options: {
    clients: { type: "string", value: "COUNT", doc: `How many clients, 1 to ${NAMES.length}; 3 when left out.` },
    lease: {
      type: "string",
      value: "SECONDS",
      doc: `How long leases last, 4 to 3600; ${LEASE_SECONDS} when left out.`,
    },
  },
  positionals: [0, 0],
  examples: [["leasehold demo", "The same as npm start."]],
  run: (invocation) =>
    demo({
      clientCount: wholeNumber(invocation, "clients", 3, [1, NAMES.length]),
      leaseSeconds: wholeNumber(invocation, "lease", LEASE_SECONDS, [4, 3600]),
    }),
};

/** What can be chosen. */
interface Choices {
  readonly clientCount: number;
  readonly leaseSeconds: number;
}

function wholeNumber(
  invocation: Invocation,
  option: string,
  otherwise: number,
  [least, most]: readonly [number, number],
): number {
  const text = invocation.text(option);
  const number = text === undefined ? otherwise : Number(text);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new UsageError(`--${option} ${text} is out of bounds.`, `Give a whole number from ${least} to ${most}.`);
}

/** The configuration of the demonstration's server, as a file would hold it. */
function configurationText(leaseSeconds: number): string {
  return JSON.stringify({
    leaseTime: { default: leaseSeconds, minimum: leaseSeconds, maximum: leaseSeconds },
    renewalTime: 0.5,
    probe: false,
    subnets: [
      {
        subnet: "192.0.2.0/24",
        pools: ["192.0.2.10-192.0.2.99"],
        options: { routers: [SERVER_ADDRESS], "domain-name": "demo.example" },
      },
    ],
  });
}

/** Runs the demonstration until a signal ends it. */
async function demo(choices: Choices): Promise<ExitCode> {
  const folder = await mkdtemp(join(tmpdir(), "leasehold-demo-"));
  const clock = await openClock();
  const signalled = new Promise<"signal">((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve("signal"));
    // Nobody watches any more.
    process.stdout.once("error", () => resolve("signal"));
  });
  try {
    const { server, transport } = await startServer(folder, clock, choices);
    console.log(
      `The server listens on 127.0.0.1, UDP port ${transport.ports.broadcast}, as if it were ${SERVER_ADDRESS}.`,
    );
    console.log(
      `Its journal is in ${folder}. Leases last ${choices.leaseSeconds} s; each is on disk before it is acknowledged.\n`,
    );
    const clients = await startClients(choices, transport, clock);
    const end = await Promise.race([signalled, server.ended]);
    for (const client of clients) await client.stop();
    if (end === "signal") await delay(LAST_WORDS);
    const { reason, message } = end === "signal" ? await server.stop() : end;
    console.log(`\n${message} Its journal took ${server.shards[0]?.store.statistics.appends ?? 0} commits.`);
    return reason === "stopped" ? ExitCode.OK : ExitCode.FAILURE;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function startServer(folder: string, clock: Clock, { leaseSeconds }: Choices) {
  const { configuration } = compileConfiguration(configurationText(leaseSeconds), "demo");
  if (!configuration) throw new Error("the demonstration's own configuration does not compile");
  const transport = await LoopbackTransport.open({
    role: "server",
    mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
    address: parseAddress(SERVER_ADDRESS)!,
    prefixLength: 24,
  });
  const { image, limits } = configuration;
  const server = await Server.start({
    plan: { module: await compileModule(await readModule("server")), image, limits },
    transport,
    clock,
    openStore: () => openJournal(folder),
  });
  return { server, transport };
}

/** Starts the clients one after the other, so that their ladders do not mix at first. */
async function startClients(
  { clientCount, leaseSeconds }: Choices,
  server: LoopbackTransport,
  clock: Clock,
): Promise<DemoClient[]> {
  const began = clock.now();
  const print = ({ client, sign, text }: Rung) => {
    const seconds = ((clock.now() - began) / 1000).toFixed(3).padStart(8);
    console.log(`${seconds}  ${client.padEnd(8)}${sign.padEnd(4)}${text}`);
  };
  const module = await compileModule(await readModule("client"));
  let bound = 0;
  const onBound = () => {
    if (++bound === clientCount)
      console.log(`${AFTERWORDS}\nThe clients renew every ${leaseSeconds / 2} s. Ctrl-C ends it.\n`);
  };
  const clients: DemoClient[] = [];
  for (const [index, name] of NAMES.slice(0, clientCount).entries()) {
    const mac = Uint8Array.of(2, 0, 0, 0, 1, index + 1);
    const transport = await LoopbackTransport.open({ role: "client", mac, stations: [server.ports] });
    const wishes = { preferredAddress: index === 1 ? "192.0.2.50" : undefined, releases: index === clientCount - 1 };
    clients.push(
      new DemoClient({ name, module, transport, clock, print, onBound, delayMilliseconds: index * 700, ...wishes }),
    );
  }
  return clients;
}
