/**
 * `leasehold lease` on a real interface of the kernel's: what it sets, keeps, takes away, remembers and refuses.
 */
import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { eventually } from "../interop/harness/program.js";
import { OneLink } from "./harness.js";

/** Runs `body` on a link of its own, and removes the link whatever happens. */
async function onLink(body: (on: OneLink) => Promise<void>): Promise<void> {
  const on = new OneLink();
  try {
    await body(on);
  } finally {
    await on.lab.close();
  }
}

const rootOnly = process.getuid?.() === 0 ? false : "want of root";

describe("leasehold lease", { skip: rootOnly, concurrency: 3 }, () => {
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
      const client = on.lease("--no-probe", "--request", "192.0.2.150");
      await client.line(/acquired 192\.0\.2\.150/);
      const addresses = on.lab.run(on.client, "ip", "-4", "address", "show", "dev", "eth0");
      assert.match(addresses, /inet 192\.0\.2\.150\/24[\s\S]*valid_lft (59\d|600)sec/);
      assert.match(addresses, /mtu 1400/);
      assert.match(on.routes(), /^198\.51\.100\.0\/24 via 192\.0\.2\.7 dev eth0 proto dhcp/m);
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

  test("asks for the remembered address again after kill -9 (INIT-REBOOT)", () =>
    onLink(async (on) => {
      await on.serve();
      const first = on.lease("--no-probe", "--request", "192.0.2.133");
      await first.line(/acquired 192\.0\.2\.133/);
      first.signal("SIGKILL");
      await first.ended;
      const second = on.lease("--no-probe");
      await second.line(/acquired 192\.0\.2\.133/);
      assert.ok(!second.lines.some((line) => line.includes("DHCPDISCOVER")), second.lines.join("\n"));
    }));

  test("renews at T1, and withdraws the address when the lease ends unanswered", () =>
    onLink(async (on) => {
      const server = await on.serve({ leaseTime: { default: 8, minimum: 8, maximum: 8 } });
      const client = on.lease("--no-probe");
      await client.line(/acquired/);
      await client.line(/extended/);
      server.signal("SIGKILL");
      await client.line(/expired/);
      assert.deepEqual(on.lab.addressesOf(on.client, "eth0"), []);
    }));

  test("--release gives back a lease that is only remembered, and one that a running client holds", () =>
    onLink(async (on) => {
      const server = await on.serve();
      const once = on.lease("--once", "--no-probe");
      assert.equal(await once.ended, 0);
      assert.equal(on.lab.addressesOf(on.client, "eth0").length, 1, "--once leaves the address to the kernel");
      assert.equal(await on.lease("--release").ended, 0);
      await server.line(/DHCPRELEASE.*RELEASED|RELEASED/);
      const seen = server.lines.length;
      const client = on.lease("--no-probe");
      await client.line(/acquired/);
      assert.equal(await on.lease("--release").ended, 0);
      await client.line(/released/);
      assert.equal(await client.ended, 0);
      await server.line(/RELEASED/, seen);
      assert.match((await refusal(on, "--release")).join("\n"), /no lease is remembered/);
    }));

  test("--inform asks for parameters and leaves the interface alone", () =>
    onLink(async (on) => {
      await on.serve({ options: { "domain-name-servers": ["192.0.2.53"] } });
      on.lab.run(on.client, "ip", "address", "add", "192.0.2.77/24", "dev", "eth0");
      const client = on.lease("--inform", "--json");
      assert.equal(await client.ended, 0, client.lines.join("\n"));
      const report = JSON.parse(await client.line(/^\{/)) as {
        event: string;
        parameters: { domainNameServers: string[] };
      };
      assert.equal(report.event, "informed");
      assert.deepEqual(report.parameters.domainNameServers, ["192.0.2.53"]);
      assert.deepEqual(on.lab.addressesOf(on.client, "eth0"), ["192.0.2.77"]);
    }));

  test("asks again when the link comes back", () =>
    onLink(async (on) => {
      await on.serve();
      const client = on.lease("--no-probe");
      await client.line(/acquired/);
      const seen = client.lines.length;
      on.lab.run(on.client, "ip", "link", "set", "eth0", "down");
      await new Promise((resolve) => setTimeout(resolve, 500));
      on.lab.run(on.client, "ip", "link", "set", "eth0", "up");
      await client.line(/DHCPREQUEST ──▶ 255\.255\.255\.255/, seen);
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
      const client = on.lease("--no-probe");
      await client.line(/route 0\.0\.0\.0\/1 via 192\.0\.2\.2 refused/);
      await client.line(/acquired/);
      assert.doesNotMatch(on.routes(), /192\.0\.2\.2/);
    }));

  test("runs the hook with the lease in its environment", () =>
    onLink(async (on) => {
      await on.serve();
      const hook = join(on.lab.folder, "hook");
      const seen = join(on.lab.folder, "seen");
      writeFileSync(hook, `#!/bin/sh\necho "$LEASEHOLD_EVENT $LEASEHOLD_INTERFACE $LEASEHOLD_ADDRESS" >> ${seen}\n`);
      chmodSync(hook, 0o700);
      const client = on.lease("--no-probe", "--request", "192.0.2.140", "--hook", hook);
      await client.line(/acquired/);
      client.signal("SIGUSR1");
      await client.ended;
      assert.equal(readFileSync(seen, "utf8"), "acquired eth0 192.0.2.140\nreleased eth0 \n");
    }));

  test("needs no root: three ambient capabilities are enough", () =>
    onLink(async (on) => {
      await on.serve();
      const state = join(on.lab.folder, "nobody");
      on.lab.run(on.client, "install", "-d", "-o", "nobody", "-m", "700", state);
      on.lab.run(on.client, "chmod", "711", on.lab.folder);
      const capabilities = "+net_admin,+net_raw,+net_bind_service";
      const rights = ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"];
      const ambient = ["--inh-caps", capabilities, "--ambient-caps", capabilities];
      const args = on.leaseArguments("--no-probe", "--once");
      args[args.indexOf("--state") + 1] = state;
      args[args.indexOf("--resolver") + 1] = "none";
      const client = on.lab.start(on.client, "setpriv", [...rights, ...ambient, process.execPath, ...args]);
      assert.equal(await client.ended, 0, client.lines.join("\n"));
      assert.equal(on.lab.addressesOf(on.client, "eth0").length, 1);
    }));

  test("says what is missing without those rights, and when somebody else holds the port or the lease", () =>
    onLink(async (on) => {
      const bare = on.lab.start(on.client, "setpriv", [
        ...["--reuid", "nobody", "--regid", "nogroup", "--clear-groups", process.execPath],
        ...on.leaseArguments("--once", "--state", join(on.lab.folder, "none")),
      ]);
      assert.equal(await bare.ended, 2, "an option that stands twice is a mistake on the command line");
      assert.match((await refusal(on, "--interface", "lan9")).join("\n"), /stands here twice/);
      const running = on.lease();
      await running.line(/DHCPDISCOVER/);
      assert.match((await refusal(on, "--once")).join("\n"), /held by another process.*pid \d+/);
    }));
});

async function refusal(on: OneLink, ...args: string[]): Promise<string[]> {
  const client = on.lease(...args);
  assert.notEqual(await client.ended, 0);
  assert.ok(!client.lines.some((line) => /^\s+at /.test(line)), `a stack trace: ${client.lines.join("\n")}`);
  return client.lines;
}
