/** ISC dhclient 4.4. */
import { join } from "node:path";
import { existsSync, writeFileSync } from "node:fs";
import { type ClientPeer, type ClientWishes, INTERFACE, type Place, place, type RunningClient } from "./peer.js";

/**
 * dhclient leaves the interface to its script. It asks nobody on the link itself: it declines an address when the script,
 * having asked by ARP, ends with 1.
 */
const SCRIPT = `#!/bin/sh
case "$reason" in
  PREINIT) ip link set "$interface" up ;;
  BOUND|REBOOT|RENEW|REBIND)
    if [ -n "$probe" ] && [ "$reason" = BOUND ]; then
      arping -D -q -c 1 -w 1 -I "$interface" "$new_ip_address" || exit 1
    fi
    [ -n "$old_ip_address" ] && [ "$old_ip_address" != "$new_ip_address" ] && ip -4 address flush dev "$interface"
    ip address replace "$new_ip_address/24" dev "$interface"
    [ -n "$new_routers" ] && ip route replace default via "$new_routers" dev "$interface" ;;
  EXPIRE|FAIL|RELEASE|STOP) ip -4 address flush dev "$interface" ;;
esac
exit 0
`;

function configuration(wishes: ClientWishes): string {
  const lines = [
    "timeout 60;",
    "retry 5;",
    "initial-interval 2;",
    "backoff-cutoff 4;",
    "initial-delay 0;",
    "reboot 5;",
  ];
  lines.push("send dhcp-client-identifier = hardware;");
  lines.push(
    "request subnet-mask, broadcast-address, routers, domain-name, domain-name-servers, dhcp-renewal-time, dhcp-rebinding-time;",
  );
  // Offers are collected for this long, so that a server which probes first is heard too.
  lines.push("select-timeout 2;");
  if (wishes.address !== undefined) lines.push(`send dhcp-requested-address ${wishes.address};`);
  if (wishes.leaseSeconds !== undefined) lines.push(`send dhcp-lease-time ${wishes.leaseSeconds};`);
  return lines.join("\n");
}

/** Drives dhclient. */
export const dhclient: ClientPeer = {
  name: "dhclient",
  comesBackBy: "restart",
  start({ lab, host, folder }: Place, wishes): RunningClient {
    const script = place(folder, "dhclient-script", SCRIPT, 0o755);
    const leases = join(folder, "dhclient.leases");
    if (!existsSync(leases)) writeFileSync(leases, "");
    const common = [
      "-4",
      "-v",
      "--no-pid",
      "-lf",
      leases,
      "-cf",
      place(folder, "dhclient.conf", configuration(wishes)),
    ];
    common.push("-sf", script, "--decline-wait-time", "1");
    if (wishes.probe) common.push("-e", "probe=yes");
    const program = lab.start(host, "dhclient", ["-d", ...common, INTERFACE]);
    return {
      program,
      async release() {
        await program.end();
        await lab.start(host, "dhclient", ["-d", "-r", ...common, INTERFACE]).ended;
      },
      async stop() {
        // It sets the address first, and writes the lease down afterwards.
        await program.line(/^bound to /);
        await program.end();
      },
    };
  },
};
