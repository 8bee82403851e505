/**
 * ISC dhcpd as it comes: it reads frames, and syncs its lease file.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LEASE_SECONDS, leasesOf, type Size, subnetsOf } from "../harness/network.js";
import { writeLines } from "./kea.js";
import type { Rival } from "./rival.js";

/** An instant as its lease file has it: day of the week, date, time, UTC. */
function instant(seconds: number): string {
  const date = new Date(seconds * 1000);
  const [day, time] = date.toISOString().replaceAll("-", "/").slice(0, 19).split("T");
  return `${date.getUTCDay()} ${day} ${time}`;
}

function* leases(size: Size): Generator<string> {
  const now = Math.floor(Date.now() / 1000);
  const times = `starts ${instant(now)}; ends ${instant(now + LEASE_SECONDS)}; cltt ${instant(now)};`;
  for (const { address, mac } of leasesOf(size))
    yield `lease ${address} { ${times} binding state active; next binding state free; hardware ethernet ${mac}; }`;
}

/** ISC dhcpd. */
export const dhcpd: Rival = {
  key: "dhcpd",
  name: "ISC dhcpd 4.4",
  holding: { files: (folder, size) => writeLines(join(folder, "dhcpd.leases"), leases(size)) },
  needs: { plain: true },
  start({ folder, size }) {
    const lines = [`default-lease-time ${LEASE_SECONDS};`, `max-lease-time ${LEASE_SECONDS};`];
    if (size.subnets > 1) lines.push("subnet 10.0.0.0 netmask 255.255.0.0 { }");
    for (const { network, mask, first, last } of subnetsOf(size))
      lines.push(`subnet ${network} netmask ${mask} { range ${first} ${last}; }`);
    const file = join(folder, "dhcpd.conf");
    writeFileSync(file, lines.join("\n"));
    const leaseFile = join(folder, "dhcpd.leases");
    if (!existsSync(leaseFile)) writeFileSync(leaseFile, "");
    const args = ["-4", "-f", "-q", "-cf", file, "-lf", leaseFile, "-pf", join(folder, "dhcpd.pid"), "eth0"];
    return { command: "dhcpd", args };
  },
};
