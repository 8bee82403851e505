/**
 * The server on the kernel's interfaces: it probes what it offers, by ARP on the link and by ICMP through a relay; it gives up
 * root; it serves an interface that comes, goes and comes again.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Lab } from "../interop/harness/lab.js";
import { COMMAND, OneLink } from "./harness.js";

const rootOnly = process.getuid?.() === 0 ? false : "want of root";

interface Row {
  address: string;
  state: string;
}

function leasesOf(lab: Lab, host: string, state: string): Row[] {
  return JSON.parse(lab.run(host, process.execPath, COMMAND, "leases", "--state", state, "--json")) as Row[];
}

describe("leasehold serve on a link", { skip: rootOnly, concurrency: 2 }, () => {
  test("RFC 2131 §2.2: an address that answers ARP is not offered, but quarantined", async () => {
    const on = new OneLink();
    try {
      const squatter = on.lab.addHost("squatter");
      on.lab.connect(squatter, "eth0", on.link, "192.0.2.100/24");
      const server = await on.serve({ probe: true });
      const client = on.lease("--no-probe");
      await client.line(/acquired 192\.0\.2\.101/);
      await server.line(/DHCPOFFER 192\.0\.2\.101/);
      const rows = leasesOf(on.lab, on.server, join(on.lab.folder, "server"));
      assert.equal(rows.find(({ address }) => address === "192.0.2.100")?.state, "quarantined");
    } finally {
      await on.lab.close();
    }
  });

  test("RFC 2131 §2.2: behind a relay, an address that answers ICMP echo is not offered", async () => {
    const lab = new Lab();
    try {
      const [server, relay, squatter] = [lab.addHost("server"), lab.addHost("relay"), lab.addHost("squatter")];
      lab.connectDirectly(server, "eth0", "192.0.2.1/24", relay, "eth0", "192.0.2.2/24");
      lab.connectDirectly(relay, "eth1", "198.51.100.1/24", squatter, "eth0", "198.51.100.20/24");
      lab.run(relay, "sysctl", "-qw", "net.ipv4.ip_forward=1");
      lab.run(server, "ip", "route", "add", "198.51.100.0/24", "via", "192.0.2.2");
      lab.run(squatter, "ip", "route", "add", "default", "via", "198.51.100.1");
      const file = join(lab.folder, "server.jsonc");
      const subnet = { subnet: "198.51.100.0/24", pools: ["198.51.100.20-198.51.100.29"], probe: true };
      writeFileSync(file, JSON.stringify({ interfaces: ["eth0"], subnets: [subnet] }));
      const state = join(lab.folder, "server");
      const program = lab.start(server, process.execPath, [COMMAND, "serve", file, "--state", state]);
      await program.line(/ready/);
      const load = ["load", "--relay", "198.51.100.1", "--server", "192.0.2.1", "--clients", "1", "--seconds", "3"];
      const printed = lab.run(relay, process.execPath, COMMAND, ...load, "--json");
      assert.ok((JSON.parse(printed) as { exchanges: number }).exchanges > 0, printed);
      const rows = leasesOf(lab, server, state);
      assert.equal(rows.find(({ address }) => address === "198.51.100.20")?.state, "quarantined");
      assert.equal(rows.find(({ address }) => address === "198.51.100.21")?.state, "bound");
    } finally {
      await lab.close();
    }
  });

  test("--user: every thread has given up root for good, and leases are still written", async () => {
    const on = new OneLink();
    try {
      const file = join(on.lab.folder, "server.jsonc");
      const subnet = { subnet: "192.0.2.0/24", pools: ["192.0.2.100-192.0.2.199"], probe: false };
      writeFileSync(file, JSON.stringify({ interfaces: ["eth0"], subnets: [subnet] }));
      on.lab.run(on.server, "chmod", "755", on.lab.folder);
      const state = join(on.lab.folder, "server");
      on.lab.run(on.server, "install", "-d", "-o", "nobody", "-m", "700", state);
      const args = [COMMAND, "serve", file, "--state", state, "--user", "nobody"];
      const program = on.lab.start(on.server, process.execPath, args);
      await program.line(/ready/);
      const tasks = readdirSync(`/proc/${program.pid}/task`);
      assert.ok(tasks.length > 1);
      for (const task of tasks) {
        const status = readFileSync(`/proc/${program.pid}/task/${task}/status`, "utf8");
        assert.match(status, /^Uid:\t(?!0\t)(\d+)\t\1\t\1\t\1$/m);
        assert.match(status, /^CapEff:\t0+$/m);
      }
      await on.lease("--no-probe").line(/acquired 192\.0\.2\.100/);
    } finally {
      await on.lab.close();
    }
  });

  test("an interface that is not there yet is served when it comes, and again when it was removed and made anew", async () => {
    const lab = new Lab();
    try {
      const [link, server, client] = [lab.addLink("link"), lab.addHost("server"), lab.addHost("client")];
      lab.connect(client, "eth0", link);
      const file = join(lab.folder, "server.jsonc");
      const subnet = { subnet: "192.0.2.0/24", interface: "eth9", pools: ["192.0.2.100-192.0.2.199"], probe: false };
      writeFileSync(file, JSON.stringify({ subnets: [subnet] }));
      const args = [COMMAND, "serve", file, "--state", join(lab.folder, "server")];
      const program = lab.start(server, process.execPath, args);
      await program.line(/ready/);
      const obtain = async (name: string) => {
        const own = ["--interface", "eth0", "--state", join(lab.folder, name), "--resolver", "none"];
        const args = [COMMAND, "lease", ...own, "--no-probe", "--no-configure", "--once", "--start-delay", "0"];
        const once = lab.start(client, process.execPath, args);
        assert.equal(await once.ended, 0, once.lines.join("\n"));
      };
      lab.connect(server, "eth9", link, "192.0.2.1/24");
      await program.line(/eth9 is up/);
      await obtain("first");
      const seen = program.lines.length;
      lab.run(server, "ip", "link", "delete", "eth9");
      await program.line(/eth9/, seen);
      lab.connect(server, "eth9", link, "192.0.2.1/24");
      await program.line(/eth9 is up/, seen);
      await obtain("second");
    } finally {
      await lab.close();
    }
  });
});
