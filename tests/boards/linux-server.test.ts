// `leasehold-server`: what it forgets when it is killed (nothing), what it survives, what it refuses, and how small it is.

import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CONTROL_MAGIC, ControlLayout } from "#layout";
import { Lab } from "../interop/harness/lab.js";
import type { Program } from "../interop/harness/program.js";
import { Crowd } from "../restart/crowd.js";
import { openLinkIn } from "../restart/link.js";
import { liveThrough } from "../restart/lives.js";
import { buildNative, compileImage, hasMusl, wanting } from "./linux-programs.js";

const want = wanting({ tcpdump: "tcpdump" });

const CONFIGURATION = {
  probe: false,
  leaseTime: { default: 3600 },
  subnets: [{ subnet: "192.0.0.0/22", pools: ["192.0.0.10-192.0.1.255"], offersPerSource: 1000 }],
};

/** A server's host with `lan0`, and a relay agent's beside it. */
class Pair {
  readonly lab = new Lab();
  readonly host = this.lab.addHost("server");
  readonly relay = this.lab.addHost("relay");
  readonly image = compileImage(this.lab.folder, "server", CONFIGURATION);
  readonly state = join(this.lab.folder, "leases");

  constructor() {
    this.lab.connectDirectly(this.host, "lan0", "192.0.2.1/22", this.relay, "eth0", "192.0.2.2/22");
  }

  /** Starts the server, without waiting for it. */
  run(program: string, ...args: string[]): Program {
    return this.lab.start(this.host, program, ["--interface", "lan0", "--state", this.state, ...args]);
  }

  async serve(program: string, ...args: string[]): Promise<Program> {
    const server = this.run(program, ...args, this.image);
    await server.line(/ready/);
    return server;
  }
}

async function inPair(body: (pair: Pair) => Promise<void>): Promise<void> {
  const pair = new Pair();
  try {
    await body(pair);
  } catch (error) {
    (error as Error).message += `\n${pair.lab.report()}`;
    throw error;
  } finally {
    await pair.lab.close();
  }
}

/** So many clients climb the ladder through the relay; resolves when they all have. */
async function acquire(crowd: Crowd, count: number): Promise<void> {
  const promises = crowd.promises + count;
  crowd.join(count);
  for (let waited = 0; crowd.promises < promises; waited += 10) {
    assert.ok(waited < 10_000, `${crowd.promises} of ${promises} clients have an address`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Overwrites the tables at the end of a running instance's linear memory, so that whoever looks a client up there leaves it. */
function spoilTables(pid: number): void {
  // Of the 502 leases: the leases themselves, their attributes and the indexes, a little less than what they take.
  const TABLES_SIZE = 500 * (62 + 2 * 32);
  const maps = readFileSync(`/proc/${pid}/maps`, "utf8").split("\n");
  const memory = openSync(`/proc/${pid}/mem`, "r+");
  try {
    // Linear memory is what may be touched of the reservation of 8 GiB.
    const end = maps.findIndex((line) => /^[0-9a-f]+-[0-9a-f]+ ---p/.test(line) && sizeOf(line) > 4 * 2 ** 30);
    const [, from = "0"] = /^([0-9a-f]+)-[0-9a-f]+ rw-p/.exec(maps[end - 1] ?? "") ?? [];
    const bytes = Buffer.alloc(sizeOf(maps[end - 1] ?? ""));
    const start = Number.parseInt(from, 16);
    readSync(memory, bytes, 0, bytes.length, start);
    const magic = Buffer.alloc(4);
    magic.writeUInt32LE(CONTROL_MAGIC);
    const used = bytes.readUInt32LE(bytes.indexOf(magic) + ControlLayout.memoryUsed);
    writeSync(memory, Buffer.alloc(TABLES_SIZE, 0xff), 0, TABLES_SIZE, start + used - TABLES_SIZE);
  } finally {
    closeSync(memory);
  }
}

function sizeOf(mapping: string): number {
  const [, from = "0", to = "0"] = /^([0-9a-f]+)-([0-9a-f]+)/.exec(mapping) ?? [];
  return Number.parseInt(to, 16) - Number.parseInt(from, 16);
}

describe("leasehold-server", { skip: want ?? false, concurrency: 3 }, () => {
  test("killed under load, it forgets no lease that it acknowledged and gives none away twice", async (context) => {
    const program = await buildNative("server");
    await inPair(async (pair) => {
      const crowd = await liveThrough(8, async () => {
        const server = await pair.serve(program);
        return {
          link: await openLinkIn(pair.relay, "192.0.2.2", "192.0.2.1"),
          arm: () => {},
          ended: server.ended,
          kill: () => server.signal("SIGKILL"),
        };
      });
      context.diagnostic(`${crowd.acknowledged} DHCPACKs, ${crowd.promises} promises at the end`);
      assert.deepEqual(crowd.broken, []);
      assert.ok(crowd.promises > 100, "clients got addresses");
    });
  });

  test("a trap of the module is counted, and the instance restored from its records", async () => {
    const program = await buildNative("server");
    await inPair(async (pair) => {
      const server = await pair.serve(program);
      const crowd = new Crowd();
      const link = await openLinkIn(pair.relay, "192.0.2.2", "192.0.2.1");
      try {
        crowd.use(link);
        await acquire(crowd, 50);
        spoilTables(server.pid);
        crowd.join(1);
        await server.line(/trap count=1/);
        await crowd.confirm();
        assert.deepEqual(crowd.broken, []);
        await acquire(crowd, 20);
      } finally {
        link.close();
      }
      server.signal("SIGTERM");
      assert.equal(await server.ended, 0);
    });
  });

  test("gives up root once its sockets are open, and goes on keeping leases", async () => {
    const program = await buildNative("server");
    await inPair(async (pair) => {
      const server = await pair.serve(program, "--user", "nobody");
      const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
      assert.doesNotMatch(status, /^Uid:.*\b0\b/m);
      assert.match(status, /^CapEff:\s+0+$/m);
      assert.match(status, /^NoNewPrivs:\s+1$/m);
      const crowd = new Crowd();
      const link = await openLinkIn(pair.relay, "192.0.2.2", "192.0.2.1");
      try {
        crowd.use(link);
        await acquire(crowd, 20);
      } finally {
        link.close();
      }
      server.signal("SIGUSR1");
      await server.line(/counter verdict=44 count=20/);
      assert.equal(statSync(pair.state).mode & 0o777, 0o600);
    });
  });

  test("one process holds the state file; what it can't serve it refuses, and says what to do", async () => {
    const program = await buildNative("server");
    await inPair(async (pair) => {
      const refused = async (code: number, pattern: RegExp, ...args: string[]) => {
        const server = pair.lab.start(pair.host, program, args);
        assert.equal(await server.ended, code, server.lines.join("\n"));
        assert.match(server.lines.join("\n"), pattern);
      };
      const state = ["--state", join(pair.lab.folder, "other")];
      await refused(2, /--interface is missing/, pair.image);
      await refused(2, /image is missing/, "--interface", "lan0");
      await refused(1, /no interface lan9/, "--interface", "lan9", ...state, pair.image);
      await refused(1, /lo .*no address that .* covers/s, "--interface", "lo", ...state, pair.image);
      await refused(1, /can't be read/, "--interface", "lan0", ...state, join(pair.lab.folder, "none.image"));
      await refused(1, /is no configuration image/, "--interface", "lan0", ...state, program);
      const foreign = join(pair.lab.folder, "foreign");
      const photograph = Buffer.alloc(3 * 4096, "not records");
      writeFileSync(foreign, photograph);
      await refused(1, /foreign is not one of this program's/, "--interface", "lan0", "--state", foreign, pair.image);
      assert.deepEqual(readFileSync(foreign), photograph);
      const running = await pair.serve(program);
      await refused(1, /held by another|UDP port 67/, "--interface", "lan0", "--state", pair.state, pair.image);
      running.signal("SIGTERM");
      assert.equal(await running.ended, 0);
    });
  });

  test("answers to one relay leave as one message, and singly by a route that can't take them so", async () => {
    const program = await buildNative("server");
    await inPair(async (pair) => {
      await pair.serve(program);
      const crowd = new Crowd();
      const link = await openLinkIn(pair.relay, "192.0.2.2", "192.0.2.1");
      // On a virtual link the kernel cuts a message apart no sooner than at its receiver: it is seen whole, longer than the link's MTU.
      const watch = ["-n", "-i", "eth0", "-c", "1", "src host 192.0.2.1 and greater 1600"];
      const seen = pair.lab.start(pair.relay, "tcpdump", watch);
      try {
        await seen.line(/listening/);
        crowd.use(link);
        await acquire(crowd, 100);
        assert.equal(await seen.ended, 0, "no answers were joined");
        // Shorter than the answers: one by itself is fragmented, joined ones are refused.
        pair.lab.run(pair.host, "ip", "route", "replace", "192.0.0.0/22", "dev", "lan0", "mtu", "lock", "300");
        await acquire(crowd, 100);
        assert.deepEqual(crowd.broken, []);
      } finally {
        link.close();
      }
    });
  });

  test("linked statically with musl, it serves the leases of the one linked with glibc", async (context) => {
    if (!hasMusl()) return context.skip("want of a package: musl-tools");
    const [ours, small] = [await buildNative("server"), await buildNative("server-musl")];
    await inPair(async (pair) => {
      const crowd = new Crowd();
      for (const program of [ours, small, ours]) {
        const server = await pair.serve(program);
        const link = await openLinkIn(pair.relay, "192.0.2.2", "192.0.2.1");
        crowd.use(link);
        await crowd.confirm();
        await acquire(crowd, 20);
        await server.kill();
        crowd.use(null);
        link.close();
      }
      assert.deepEqual(crowd.broken, []);
    });
  });
});

test("programs are well under 1 MiB, hardened, and the static ones need nothing", async (context) => {
  if (want !== null) return context.skip(want);
  const names = hasMusl() ? ["client", "server", "client-musl", "server-musl"] : ["client", "server"];
  for (const name of names) {
    const path = await buildNative(name);
    const { size } = statSync(path);
    context.diagnostic(`${name}: ${size} bytes`);
    assert.ok(size < 2 ** 19, `${name} has ${size} bytes`);
  }
});
