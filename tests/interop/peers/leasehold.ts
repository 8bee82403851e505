/** Leasehold itself: `leasehold serve` and `leasehold lease`, as they are installed. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Program } from "../harness/program.js";
import {
  type ClientPeer,
  type ClientWishes,
  INTERFACE,
  type Place,
  place,
  type RunningClient,
  type ServerPeer,
  type ServerWishes,
} from "./peer.js";

/** The compiled `leasehold` command. */
export const COMMAND = fileURLToPath(new URL("../../../host/cli/main.js", import.meta.url));

function leasehold({ lab, host }: Place, args: readonly string[]): Program {
  return lab.start(host, process.execPath, [COMMAND, ...args]);
}

/** The configuration file that grants the wishes. */
export function configuration({
  net,
  pool,
  own,
  leaseSeconds,
  times,
  authoritative,
  behindRelay,
  probe,
}: ServerWishes) {
  return {
    ...(behindRelay && { interfaces: [INTERFACE] }),
    subnets: [
      {
        subnet: `${net}.0/24`,
        pools: [`${net}.${pool[0]}-${net}.${pool[1]}`],
        leaseTime: { default: `${leaseSeconds}s`, minimum: "10s", maximum: "1h" },
        ...(times && { renewalTime: `${times[0]}s`, rebindingTime: `${times[1]}s` }),
        authoritative: authoritative ?? false,
        probe: probe ?? false,
        options: { routers: [`${net}.${behindRelay ? 254 : own}`] },
      },
    ],
  };
}

/** Drives our server. */
export const leaseholdServer: ServerPeer = {
  name: "leasehold",
  async start(where, wishes) {
    const file = place(where.folder, `leasehold-${wishes.own}.json`, JSON.stringify(configuration(wishes)));
    const state = join(where.folder, "leasehold-server");
    const program = leasehold(where, ["serve", file, "--state", state, "--log", "debug"]);
    await program.line(/ready: serving/);
    return program;
  },
};

function clientArguments({ folder }: Place, task: readonly string[], wishes: ClientWishes): string[] {
  const args = ["lease", "--interface", INTERFACE, "--state", join(folder, "leasehold-client"), "--ladder", ...task];
  args.push("--resolver", "none", "--start-delay", "0");
  if (wishes.address !== undefined) args.push("--request", wishes.address);
  if (wishes.leaseSeconds !== undefined) args.push("--lease-time", String(wishes.leaseSeconds));
  if (wishes.preferServer !== undefined) args.push("--prefer-server", wishes.preferServer);
  if (!wishes.probe) args.push("--no-probe");
  return args;
}

/** Drives our client. */
export const leaseholdClient: ClientPeer = {
  name: "leasehold",
  comesBackBy: "restart",
  start(where, wishes): RunningClient {
    const program = leasehold(where, clientArguments(where, [], wishes));
    return {
      program,
      async release() {
        program.signal("SIGUSR1");
        await program.ended;
      },
      stop: () => program.end(),
    };
  },
  inform(where): RunningClient {
    const program = leasehold(where, clientArguments(where, ["--inform"], {}));
    return { program, release: () => program.end(), stop: () => program.end() };
  },
};
