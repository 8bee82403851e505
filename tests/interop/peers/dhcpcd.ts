/** dhcpcd 9.4. */
import type { Program } from "../harness/program.js";
import { type ClientPeer, INTERFACE, type Place, place, type RunningClient } from "./peer.js";
import { withMounts } from "./mounts.js";

function start({ lab, host, folder }: Place, settings: readonly string[], args: readonly string[]): Program {
  const configuration = place(folder, "dhcpcd.conf", `${settings.join("\n")}\n`);
  const mounts = { folders: { "/var/lib/dhcpcd": "dhcpcd-leases", "/run/dhcpcd": "dhcpcd-run" } };
  const own = ["dhcpcd", "-4", "-B", "-d", "-f", configuration, ...args, INTERFACE];
  const { command, args: all } = withMounts(folder, mounts, own);
  return lab.start(host, command, all);
}

function running(program: Program): RunningClient {
  return {
    program,
    async release() {
      // dhcpcd gives the lease back on ALRM, and ends.
      program.signal("SIGALRM");
      await program.ended;
    },
    stop: () => program.end(),
    renew: () => program.signal("SIGUSR1"),
  };
}

const COMMON = [
  "option subnet_mask, routers, domain_name_servers",
  "require dhcp_server_identifier",
  "noipv6rs",
  "clientid",
  "nohook resolv.conf",
  "script /bin/true",
];

/** Drives dhcpcd. */
export const dhcpcd: ClientPeer = {
  name: "dhcpcd",
  comesBackBy: "restart",
  start(where, wishes) {
    const settings = [...COMMON];
    if (wishes.address !== undefined) settings.push(`request ${wishes.address}`);
    if (wishes.leaseSeconds !== undefined) settings.push(`leasetime ${wishes.leaseSeconds}`);
    if (!wishes.probe) settings.push("noarp");
    return running(start(where, settings, []));
  },
  inform(where, address) {
    return running(start(where, COMMON, ["--inform", `${address}/24`]));
  },
};
