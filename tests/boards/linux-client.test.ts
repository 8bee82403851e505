// `leasehold-client` on a real interface of the kernel's: what it sets, keeps, takes away, remembers and refuses.

import assert from "node:assert/strict";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { eventually, type Program } from "../interop/harness/program.js";
import { OneLink } from "../linux/harness.js";
import { buildNative, wanting } from "./linux-programs.js";

const want = wanting({});

/** A link with the Node server on it, and the native client. */
class NativeLink extends OneLink {
  readonly #program: string;

  constructor(program: string) {
    super();
    this.#program = program;
  }

  /** Starts the native client on eth0; its resolver's file is the lab's own. */
  native(...args: string[]): Program {
    return this.lab.start(this.client, this.#program, this.nativeArguments(...args));
  }

  nativeArguments(...args: string[]): string[] {
    const state = join(this.lab.folder, "native");
    const own = ["--interface", "eth0", "--state", state, "--resolver", this.resolver, "--start-delay", "0", "-v"];
    return [...own, ...args];
  }

  get path(): string {
    return this.#program;
  }
}

async function onLink(body: (on: NativeLink) => Promise<void>, name = "client"): Promise<void> {
  const on = new NativeLink(await buildNative(name));
  try {
    await body(on);
  } catch (error) {
    (error as Error).message += `\n${on.lab.report()}`;
    throw error;
  } finally {
    await on.lab.close();
  }
}

async function refusal(on: NativeLink, code: number, ...args: string[]): Promise<string> {
  const client = on.native(...args);
  assert.equal(await client.ended, code, client.lines.join("\n"));
  return client.lines.join("\n");
}

describe("leasehold-client", { skip: want ?? false, concurrency: 3 }, () => {
  test("sets address, lifetime, routes, MTU and resolver, and takes them away when it stops", () =>
    onLink(async (on) => {
      await on.serve({
        leaseTime: "10m",
        options: {
          routers: ["192.0.2.1"],
          "domain-name-servers": ["192.0.2.53"],
          "domain-name": "example.org",
          "interface-mtu": 1400,
          "classless-static-routes": [
            { destination: "198.51.100.0/24", router: "192.0.2.7" },
            { destination: "0.0.0.0/0", router: "192.0.2.2" },
          ],
        },
      });
      writeFileSync(on.resolver, "nameserver 203.0.113.1\n");
      const client = on.native("--no-probe", "--request", "192.0.2.150", "--metric", "77");
      await client.line(/acquired 192\.0\.2\.150 from 192\.0\.2\.1 for 600 s/);
      const addresses = on.lab.run(on.client, "ip", "-4", "address", "show", "dev", "eth0");
      assert.match(addresses, /inet 192\.0\.2\.150\/24[\s\S]*valid_lft (59\d|600)sec/);
      assert.match(addresses, /mtu 1400/);
      assert.match(on.routes(), /^198\.51\.100\.0\/24 via 192\.0\.2\.7 dev eth0 proto dhcp metric 77/m);
      // RFC 3442: option 121 replaces option 3.
      assert.match(on.routes(), /^default via 192\.0\.2\.2 dev eth0/m);
      assert.doesNotMatch(on.routes(), /192\.0\.2\.1 /);
      assert.match(readFileSync(on.resolver, "utf8"), /search example\.org\nnameserver 192\.0\.2\.53/);

      client.signal("SIGTERM");
      assert.equal(await client.ended, 0);
      assert.deepEqual(on.lab.addressesOf(on.client, "eth0"), []);
      assert.equal(on.routes(), "");
      assert.equal(readFileSync(on.resolver, "utf8"), "nameserver 203.0.113.1\n");
      assert.match(on.lab.run(on.client, "ip", "link", "show", "dev", "eth0"), /mtu 1500/);
    }));

  test("asks for the remembered address again after kill -9 (INIT-REBOOT), from a file that only its user may read", () =>
    onLink(async (on) => {
      const server = await on.serve();
      const first = on.native("--no-probe", "--request", "192.0.2.133");
      await first.line(/acquired 192\.0\.2\.133/);
      await first.kill();
      const seen = server.lines.length;
      const second = on.native("--no-probe");
      await second.line(/acquired 192\.0\.2\.133/);
      await server.line(/BOUND_REBOOTING/, seen);
      assert.ok(!server.lines.slice(seen).some((line) => line.includes("DHCPDISCOVER")), server.lines.join("\n"));
      assert.equal(statSync(join(on.lab.folder, "native", "client-eth0.records")).mode & 0o777, 0o600);
    }));

  test("uses the remembered lease with its parameters while nobody answers (RFC 2131 §3.2)", () =>
    onLink(async (on) => {
      const server = await on.serve({ leaseTime: "10m", options: { routers: ["192.0.2.1"] } });
      const first = on.native("--no-probe");
      const [, address] = /acquired (\S+)/.exec(await first.line(/acquired/)) ?? [];
      first.signal("SIGTERM");
      await first.ended;
      await server.kill();
      const second = on.native("--no-probe");
      await second.line(/resumed/, 0, 90_000);
      assert.deepEqual(on.lab.addressesOf(on.client, "eth0"), [address]);
      assert.match(on.routes(), /^default via 192\.0\.2\.1 dev eth0/m);
    }));

  test("renews at T1 and on HUP, and withdraws the address when the lease ends unanswered", () =>
    onLink(async (on) => {
      const server = await on.serve({ leaseTime: { default: 8, minimum: 8, maximum: 8 } });
      const client = on.native("--no-probe");
      await client.line(/acquired/);
      const hanged = client.lines.length;
      client.signal("SIGHUP");
      await client.line(/extended/, hanged, 2000);
      const renewed = client.lines.length;
      await client.line(/extended/, renewed);
      server.signal("SIGKILL");
      await client.line(/expired/);
      assert.deepEqual(on.lab.addressesOf(on.client, "eth0"), []);
    }));

  test("--release gives back a lease that is only remembered, and one that a running client holds", () =>
    onLink(async (on) => {
      const server = await on.serve();
      const once = on.native("--once", "--no-probe");
      assert.equal(await once.ended, 0);
      assert.equal(on.lab.addressesOf(on.client, "eth0").length, 1, "--once leaves the address to the kernel");
      assert.equal(await on.native("--release").ended, 0);
      await server.line(/RELEASED/);
      const seen = server.lines.length;
      const client = on.native("--no-probe");
      await client.line(/acquired/);
      assert.equal(await on.native("--release").ended, 0);
      await client.line(/released/);
      assert.equal(await client.ended, 0);
      await server.line(/RELEASED/, seen);
      assert.match(await refusal(on, 1, "--release"), /no lease is remembered/);
    }));

  test("asks again when the link comes back", () =>
    onLink(async (on) => {
      const server = await on.serve();
      const client = on.native("--no-probe");
      await client.line(/acquired/);
      const seen = client.lines.length;
      const heard = server.lines.length;
      on.lab.run(on.client, "ip", "link", "set", "eth0", "down");
      await new Promise((resolve) => setTimeout(resolve, 500));
      on.lab.run(on.client, "ip", "link", "set", "eth0", "up");
      await server.line(/BOUND_REBOOTING/, heard);
      await client.line(/acquired|extended|resumed/, seen);
      await eventually("the address is back", () => on.lab.addressesOf(on.client, "eth0").length === 1);
    }));

  test("refuses routes that would draw away the machine's traffic, and says so", () =>
    onLink(async (on) => {
      await on.serve({
        options: {
          "classless-static-routes": [
            { destination: "0.0.0.0/1", router: "192.0.2.2" },
            { destination: "128.0.0.0/1", router: "192.0.2.2" },
          ],
        },
      });
      const client = on.native("--no-probe");
      await client.line(/route 0\.0\.0\.0\/1 via 192\.0\.2\.2 refused/);
      await client.line(/acquired/);
      assert.doesNotMatch(on.routes(), /192\.0\.2\.2/);
    }));

  test("runs the hook with the lease in its environment, and none that others may change", () =>
    onLink(async (on) => {
      await on.serve({ options: { "domain-name": "example.org", "domain-name-servers": ["192.0.2.53"] } });
      const hook = join(on.lab.folder, "hook");
      const seen = join(on.lab.folder, "seen");
      const variables = "$LEASEHOLD_ADDRESS/$LEASEHOLD_PREFIX_LENGTH $LEASEHOLD_DOMAIN_NAME $LEASEHOLD_OPTION_6";
      writeFileSync(hook, `#!/bin/sh\necho "$LEASEHOLD_EVENT $LEASEHOLD_INTERFACE ${variables} $HOME" >> ${seen}\n`);
      chmodSync(hook, 0o700);
      const client = on.native("--no-probe", "--request", "192.0.2.140", "--hook", hook);
      await client.line(/acquired/);
      client.signal("SIGUSR1");
      await client.ended;
      assert.equal(
        readFileSync(seen, "utf8"),
        "acquired eth0 192.0.2.140/24 example.org c0000235 \nreleased eth0 /   \n",
      );
      chmodSync(hook, 0o722);
      assert.match(await refusal(on, 1, "--hook", hook), /others may write to/);
    }));

  test("needs no root: three ambient capabilities are enough", () =>
    onLink(async (on) => {
      await on.serve();
      const state = join(on.lab.folder, "nobody");
      on.lab.run(on.client, "install", "-d", "-o", "nobody", "-m", "700", state);
      on.lab.run(on.client, "chmod", "711", on.lab.folder);
      const copy = join(on.lab.folder, "leasehold-client");
      on.lab.run(on.client, "install", "-m", "755", on.path, copy);
      const capabilities = "+net_admin,+net_raw,+net_bind_service";
      const rights = ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"];
      const ambient = ["--inh-caps", capabilities, "--ambient-caps", capabilities];
      const args = on.nativeArguments("--no-probe", "--once");
      args[args.indexOf("--state") + 1] = state;
      args[args.indexOf("--resolver") + 1] = "none";
      const client = on.lab.start(on.client, "setpriv", [...rights, ...ambient, copy, ...args]);
      assert.equal(await client.ended, 0, client.lines.join("\n"));
      assert.equal(on.lab.addressesOf(on.client, "eth0").length, 1);
      const bare = on.lab.start(on.client, "setpriv", [...rights, copy, ...args]);
      assert.equal(await bare.ended, 1);
      assert.match(bare.lines.join("\n"), /CAP_NET_RAW/);
    }));

  test("says what is wrong: on the command line with 2, else with 1", () =>
    onLink(async (on) => {
      assert.match(await refusal(on, 2, "--interface", "lan9"), /stands here twice/);
      assert.match(await refusal(on, 2, "--lease-time", "soon"), /is no time/);
      assert.match(await refusal(on, 2, "--request", "192.0.2.300"), /is no IPv4 address/);
      assert.match(await refusal(on, 2, "--once", "--release"), /exclude each other/);
      assert.match(await refusal(on, 2, "--nonsense"), /no option --nonsense/);
      assert.match(await refusal(on, 1, "--once", "--timeout", "1"), /Is there a DHCP server/);
      const running = on.native();
      await running.line(/state/);
      assert.match(await refusal(on, 1, "--once"), /another.*client.*pid \d+/i);
      const elsewhere = on.lab.start(on.client, on.path, ["--interface", "lan9", "--state", join(on.lab.folder, "x")]);
      assert.equal(await elsewhere.ended, 1);
      assert.match(elsewhere.lines.join("\n"), /no interface lan9/);
    }));
});
