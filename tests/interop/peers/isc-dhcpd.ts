/** ISC dhcpd 4.4. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { INTERFACE, place, type ServerPeer, type ServerWishes } from "./peer.js";

function configuration({ net, pool, own, leaseSeconds, times, authoritative, behindRelay }: ServerWishes): string {
  const timers = times ? [`option dhcp-renewal-time ${times[0]};`, `option dhcp-rebinding-time ${times[1]};`] : [];
  return [
    authoritative ? "authoritative;" : "not authoritative;",
    "ddns-update-style none;",
    "ping-check false;",
    "one-lease-per-client true;",
    // Without this it renews with what is left of the lease, when less than a quarter of it is over.
    "dhcp-cache-threshold 0;",
    `default-lease-time ${leaseSeconds};`,
    `min-lease-time ${Math.min(leaseSeconds, 10)};`,
    "max-lease-time 3600;",
    ...timers,
    behindRelay ? "subnet 192.0.2.0 netmask 255.255.255.0 { }" : "",
    `subnet ${net}.0 netmask 255.255.255.0 {`,
    `  range ${net}.${pool[0]} ${net}.${pool[1]};`,
    `  option routers ${net}.${behindRelay ? 254 : own};`,
    "}",
  ].join("\n");
}

/** Drives ISC dhcpd. */
export const iscDhcpd: ServerPeer = {
  name: "isc-dhcpd",
  async start({ lab, host, folder }, wishes) {
    const leases = join(folder, "dhcpd.leases");
    if (!existsSync(leases)) writeFileSync(leases, "");
    const file = place(folder, `dhcpd-${wishes.own}.conf`, configuration(wishes));
    const program = lab.start(host, "dhcpd", ["-4", "-f", "-d", "--no-pid", "-cf", file, "-lf", leases, INTERFACE]);
    await program.line(/Server starting service/);
    return program;
  },
};
