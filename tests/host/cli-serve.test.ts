// `leasehold serve` and `leasehold leases` as real processes in network namespaces: readiness, leases, reload, what is said to
// mistakes that only show on a real machine, giving up root, and a clean stop.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { AF_UNIX, SOCK_DGRAM, unixAddress } from "../../host/net/linux/abi.js";
import { bindSocket, closeDescriptor, openSocket, receiveBytes } from "../../host/net/linux/libc.js";
import { Lab } from "../interop/harness/lab.js";
import type { Program } from "../interop/harness/program.js";

const main = fileURLToPath(new URL("../../host/cli/main.js", import.meta.url));

const isRoot = process.getuid?.() === 0;

/** What the tests change of the file. */
interface Changes {
  readonly pool?: string;
  readonly more?: string;
}

/** A server's machine and a client's, joined by a link, and a configuration file. */
class Site {
  readonly lab = new Lab();
  readonly server = this.lab.addHost("server");
  readonly client = this.lab.addHost("client");
  readonly file = join(this.lab.folder, "leasehold.jsonc");
  readonly state = join(this.lab.folder, "state");

  constructor() {
    const link = this.lab.addLink("link");
    this.lab.connect(this.server, "lan0", link, "192.0.2.1/24");
    this.lab.connect(this.client, "eth0", link, undefined, "02:00:00:00:00:01");
    // Reachable for the users that the server becomes.
    fs.chmodSync(this.lab.folder, 0o755);
    this.configure({});
  }

  configure({ pool = "192.0.2.10-192.0.2.99", more = "" }: Changes): void {
    fs.writeFileSync(
      this.file,
      `{ "probe": false, "leaseTime": "10m", ${more}
  "subnets": [{ "subnet": "192.0.2.0/24", "interface": "lan0", "pools": ["${pool}"],
    "reservations": [{ "hardwareAddress": "02:00:00:00:00:05", "address": "192.0.2.5" }] }] }`,
    );
  }

  serve(...args: string[]): Program {
    return this.serveWith({}, ...args);
  }

  serveWith(environment: NodeJS.ProcessEnv, ...args: string[]): Program {
    return this.lab.start(
      this.server,
      process.execPath,
      [main, "serve", this.file, "--state", this.state, ...args],
      environment,
    );
  }

  /** Obtains a lease, with our own client; throws when there is none. */
  obtain(...args: string[]): string {
    const memory = join(this.lab.folder, "client");
    return this.lab.run(
      this.client,
      process.execPath,
      ...[main, "lease", "--interface", "eth0", "--once", "--state", memory, "--resolver", "none", "--no-probe"],
      ...["--start-delay", "0", "--timeout", "10", ...args],
    );
  }

  leases(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(process.execPath, [main, "leases", "--state", this.state, ...args], { encoding: "utf8" });
  }

  rows(...args: string[]): Record<string, unknown>[] {
    return JSON.parse(this.leases("--json", ...args).stdout) as Record<string, unknown>[];
  }
}

/** Runs a test at a site of its own. */
function at(name: string, body: (site: Site, t: TestContext) => Promise<void>): void {
  test(name, async (t) => {
    if (!isRoot) return t.skip("want of root");
    const site = new Site();
    try {
      await body(site, t);
    } finally {
      await site.lab.close();
    }
  });
}

const READY = /ready: serving 192\.0\.2\.0\/24 on lan0, 91 addresses\./;

at("a client is served, the lease is shown by the server and, once it has stopped, from its journal", async (site) => {
  const server = site.serve("--log", "debug", "--ladder");
  await server.line(READY);
  assert.equal(fs.statSync(join(site.state, "control.sock")).mode & 0o777, 0o600);
  assert.equal(fs.statSync(site.state).mode & 0o777, 0o700);
  site.obtain("--host-name", "ada");
  const ladder = [
    "DHCPDISCOVER ──▶ ◀── DHCPOFFER 192.0.2.10 for 10m",
    "DHCPREQUEST ──▶ ◀── DHCPACK 192.0.2.10 for 10m",
  ];
  for (const rung of ladder)
    await server.line(new RegExp(`^02:00:00:00:00:01 ${rung}$`.replaceAll(" ", " +").replaceAll(".", "\\.")));
  await server.line(
    /DHCPREQUEST from 02:00:00:00:00:01 on lan0: DHCPACK 192\.0\.2\.10 for 10m, BOUND_SELECTING, pool 192\.0\.2\.10-192\.0\.2\.99$/,
  );

  const [row, ...others] = site.rows();
  assert.equal(others.length, 0);
  const { ends, clientIdentifier, ...rest } = row!;
  assert.deepEqual(rest, {
    address: "192.0.2.10",
    state: "bound",
    hardwareAddress: "02:00:00:00:00:01",
    hostName: "ada",
    vendorClass: rest["vendorClass"],
    relayInformation: null,
    origin: "dynamic",
  });
  const seconds = Date.parse(ends as string) / 1000 - Date.now() / 1000;
  assert.ok(seconds > 560 && seconds <= 602, `${seconds} s are left of 10 minutes`);
  assert.match(
    site.leases().stdout,
    /^ADDRESS +STATE +ENDS .*\n192\.0\.2\.10 +bound +\d{4}-\d\d-\d\d .* 02:00:00:00:00:01 .* ada +dynamic\n$/,
  );
  for (const which of ["192.0.2.10", "02:00:00:00:00:01", "ADA", clientIdentifier as string]) {
    assert.equal(site.rows(which).length, 1, which);
  }
  assert.equal(site.rows("192.0.2.11").length, 0);

  server.signal("SIGTERM");
  assert.equal(await server.ended, 0);
  await server.line(/stopping on SIGTERM/);
  assert.equal(fs.existsSync(join(site.state, "control.sock")), false);
  assert.deepEqual(site.rows(), [{ ...row, origin: null }]);
  assert.deepEqual(site.rows("--config", site.file), [row]);
  const before = fs.readdirSync(site.state).map((name) => fs.statSync(join(site.state, name)).mtimeMs);
  site.leases();
  assert.deepEqual(
    fs.readdirSync(site.state).map((name) => fs.statSync(join(site.state, name)).mtimeMs),
    before,
  );
});

at("a reload serves by the changed file; by one with an error it does not, and nothing stops", async (site) => {
  const server = site.serve();
  await server.line(READY);
  site.obtain();
  site.configure({ pool: "192.0.2.100-192.0.2.101" });
  server.signal("SIGHUP");
  await server.line(/1 lease of the store is in no pool of this configuration/);
  await server.line(/reloaded: serving 192\.0\.2\.0\/24, 3 addresses/);
  site.configure({ pool: "192.0.2.300" });
  server.signal("SIGHUP");
  await server.line(/not reloaded, serving as before: The configuration .* has 1 error\. Mend what is listed above\./);
  site.configure({ pool: "192.0.2.1-192.0.2.9" });
  server.signal("SIGHUP");
  await server.line(/not reloaded, serving as before: 192\.0\.2\.1, the address of lan0 itself, lies in a pool\./);
  fs.rmSync(site.file);
  server.signal("SIGHUP");
  await server.line(
    /not reloaded, serving as before: The configuration .* can't be read: there is no such file or folder\./,
  );
  site.configure({ more: '"user": "nobody",' });
  server.signal("SIGHUP");
  await server.line(/user changed: that takes effect with a restart only/);
  await server.line(/reloaded: serving 192\.0\.2\.0\/24, 91 addresses/);
  site.obtain();
  assert.equal(site.rows().length, 1);
  server.signal("SIGINT");
  assert.equal(await server.ended, 0);
});

at("root is given up for good, and the server goes on as another user", async (site) => {
  // As systemd's StateDirectory leaves it: there, empty, root's.
  fs.mkdirSync(site.state, { mode: 0o700 });
  const server = site.serve("--user", "nobody");
  await server.line(READY);
  const status = fs.readFileSync(`/proc/${server.pid}/status`, "utf8");
  const nobody = spawnSync("id", ["-u", "nobody"], { encoding: "utf8" }).stdout.trim();
  assert.match(status, new RegExp(`^Uid:\\t${nobody}\\t${nobody}\\t${nobody}\\t${nobody}$`, "m"));
  const group = spawnSync("id", ["-g", "nobody"], { encoding: "utf8" }).stdout.trim();
  assert.match(status, new RegExp(`^Gid:\\t${group}\\t${group}\\t${group}\\t${group}$`, "m"));
  assert.match(status, new RegExp(`^Groups:\\t${group} *$`, "m"));
  assert.match(status, /^CapEff:\t0{16}$/m);
  assert.match(status, /^CapPrm:\t0{16}$/m);
  for (const thread of fs.readdirSync(`/proc/${server.pid}/task`)) {
    assert.match(
      fs.readFileSync(`/proc/${server.pid}/task/${thread}/status`, "utf8"),
      new RegExp(`^Uid:\\t${nobody}\\t`, "m"),
    );
  }
  for (const name of fs.readdirSync(site.state)) {
    assert.equal(String(fs.statSync(join(site.state, name)).uid), nobody, name);
  }
  site.obtain();
  assert.equal(site.rows().length, 1);
  server.signal("SIGHUP");
  await server.line(/reloaded/);
});

at("what else goes wrong at the start is said in words", async (site) => {
  const fails = async (program: Program, pattern: RegExp) => {
    await program.line(pattern);
    assert.equal(await program.ended, 1);
    assert.doesNotMatch(program.lines.join("\n"), /\n\s+at /, "no stack trace");
  };
  const first = site.serve();
  await first.line(READY);
  await fails(site.serve(), /leasehold: The network can't be opened: bind.*EADDRINUSE/);
  const other = site.lab.addHost("other");
  site.lab.connect(other, "lan0", site.lab.addLink("otherlink"), "192.0.2.1/24");
  const second = site.lab.start(other, process.execPath, [main, "serve", site.file, "--state", site.state]);
  await fails(second, /leasehold: .*lock is held by another process \(pid \d+\)\./);
  await first.end();
  site.configure({ pool: "192.0.2.1-192.0.2.9" });
  await fails(site.serve(), /leasehold: 192\.0\.2\.1, the address of lan0 itself, lies in a pool\./);
  site.configure({});
  await fails(site.serve("--user", "nobody"), /belongs to user 0, and this process runs as user \d+/);
});

at("without a file: the interface's own subnet, shown first by --print", async (site) => {
  const text = site.lab.run(site.server, process.execPath, main, "serve", "--interface", "lan0", "--print");
  assert.match(text, /"192\.0\.2\.128-192\.0\.2\.254"/);
  const server = site.lab.start(site.server, process.execPath, [
    main,
    "serve",
    "--interface",
    "lan0",
    "--state",
    site.state,
  ]);
  await server.line(
    /Hands out 192\.0\.2\.128-192\.0\.2\.254 \(127 addresses\) on lan0 for 12h, each probed first; router: .* --print/,
  );
  await server.line(/ready: serving 192\.0\.2\.0\/24 on lan0, 127 addresses/);
  site.obtain();
  assert.equal(site.rows()[0]!["address"], "192.0.2.128");
  server.signal("SIGHUP");
  await server.line(/not reloaded, serving as before: There is no configuration file to read again\./);
});

at("plain UDP on other ports, without a store on disk", async (site) => {
  const server = site.serve("--volatile", "--server-port", "6767", "--client-port", "6768", "--json");
  const line = await server.line(/"event":"ready"/);
  const { level, networks, leases } = JSON.parse(line) as Record<string, unknown>;
  assert.deepEqual([level, networks, leases], ["info", "192.0.2.0/24", 91]);
  assert.equal(fs.existsSync(site.state), false);
  server.signal("SIGTERM");
  assert.equal(await server.ended, 0);
});

at("refusals are counted in the log, once for many", async (site) => {
  const server = site.serve();
  await server.line(READY);
  const flood =
    "const s = require('node:dgram').createSocket('udp4'); s.bind(68, () => { let n = 0; const send = () => " +
    "n++ < 50 ? s.send(Buffer.alloc(100), 67, '192.0.2.1', send) : s.close(); send(); });";
  site.lab.run(site.server, process.execPath, "-e", flood);
  await server.line(/TOO_SHORT \d+ times: Shorter than a BOOTP message/);
  await server.end();
  const lines = server.lines.filter((each) => each.includes("TOO_SHORT"));
  const count = lines.reduce((sum, each) => sum + Number(/TOO_SHORT (\d+) times/.exec(each)![1]), 0);
  assert.equal(count, 50);
  assert.ok(lines.length <= 2, lines.join("\n"));
});

at("systemd is told when the server is ready and when it stops", async (site) => {
  for (const name of [join(site.lab.folder, "notify"), `@leasehold-test-${process.pid}`]) {
    const descriptor = openSocket(AF_UNIX, SOCK_DGRAM, 0);
    try {
      bindSocket(descriptor, unixAddress(name), name);
      // An abstract name lives in its network namespace: the server is started in ours for it, on loopback.
      const server = name.startsWith("@")
        ? site.lab.start(
            site.server,
            "nsenter",
            [`--net=/proc/${process.pid}/ns/net`, process.execPath, main, ...loopback(site)],
            { NOTIFY_SOCKET: name },
          )
        : site.serveWith({ NOTIFY_SOCKET: name });
      await server.line(/ready: serving/);
      const told = new Uint8Array(64);
      const next = () => Buffer.from(told.subarray(0, Math.max(0, receiveBytes(descriptor, told)))).toString();
      while (!server.lines.some((line) => line.includes("ready:"))) await server.line(/ready/);
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.equal(next(), "READY=1");
      await server.end();
      assert.equal(next(), "STOPPING=1");
    } finally {
      closeDescriptor(descriptor);
    }
  }
});

/** Serves on the loopback interface of this machine's own namespace, at ports of its own, without answering anybody. */
function loopback(site: Site): string[] {
  const file = join(site.lab.folder, "loopback.jsonc");
  fs.writeFileSync(
    file,
    '{ "interfaces": ["lo"], "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10"] }] }',
  );
  return ["serve", file, "--volatile", "--server-port", "46767", "--client-port", "46768"];
}

at("the control socket bears bad askers, and what a dead server left there is no server", async (site) => {
  const server = site.serve();
  await server.line(READY);
  site.obtain();
  const path = join(site.state, "control.sock");
  const ask = (bytes: string | Buffer) =>
    new Promise<string>((resolve) => {
      let reply = "";
      const socket = connect(path, () => socket.end(bytes));
      socket.setEncoding("utf8").on("data", (text: string) => {
        reply += text;
      });
      socket.on("error", () => {});
      socket.on("close", () => resolve(reply));
    });
  assert.match(await ask("{\n"), /^{"error":"The request is not JSON\."/);
  assert.match(await ask('{"command":"x"}\n'), /^{"error":"The server does not know this command\."/);
  assert.match(await ask("null\n"), /^{"error":"The server does not know this command\."/);
  assert.equal(await ask("x".repeat(100_000)), "");
  assert.equal(await ask(""), "");
  assert.match(
    await ask('{"command":"status"}\n{"command":"leases"}\n'),
    /^{"item":{"networks":\["192\.0\.2\.0\/24"\],.*"bound":1,.*}\n{"end":true}\n$/,
  );
  const silent = Array.from({ length: 30 }, () => connect(path).on("error", () => {}));
  for (const socket of silent) socket.destroy();
  assert.equal(site.rows().length, 1);

  server.signal("SIGKILL");
  await server.ended;
  assert.equal(fs.existsSync(path), true);
  assert.equal(site.rows().length, 1, "read from the journal");
  const again = site.serve();
  await again.line(READY);
  assert.equal(site.rows().length, 1, "asked of the new server");
  await again.end();

  const broken = createServer((socket) => socket.end('{"item":{}}\n')).listen(path);
  const child = await new Promise<string>((resolve) => {
    const program = site.lab.start(site.client, process.execPath, [main, "leases", "--state", site.state]);
    void program.ended.then(() => resolve(program.lines.join("\n")));
  });
  broken.close();
  assert.equal(child, "leasehold: The server broke off its answer.\nIs it stopping? Ask again.");
});
