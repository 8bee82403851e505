/** Kea 2.2's DHCPv4 server. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { INTERFACE, place, type ServerPeer, type ServerWishes } from "./peer.js";

function configuration(wishes: ServerWishes, folder: string) {
  const { net, pool, own, leaseSeconds, times } = wishes;
  return {
    Dhcp4: {
      "interfaces-config": {
        interfaces: [INTERFACE],
        "dhcp-socket-type": wishes.behindRelay ? "udp" : "raw",
        // The interface may have its carrier a moment later.
        "service-sockets-max-retries": 50,
        "service-sockets-retry-wait-time": 100,
      },
      "lease-database": { type: "memfile", persist: true, name: join(folder, "kea-leases.csv"), "lfc-interval": 0 },
      "valid-lifetime": leaseSeconds,
      "min-valid-lifetime": Math.min(leaseSeconds, 10),
      "max-valid-lifetime": 3600,
      ...(times && { "renew-timer": times[0], "rebind-timer": times[1] }),
      authoritative: wishes.authoritative ?? false,
      subnet4: [
        {
          id: 1,
          subnet: `${net}.0/24`,
          pools: [{ pool: `${net}.${pool[0]} - ${net}.${pool[1]}` }],
          "option-data": [{ name: "routers", data: `${net}.${wishes.behindRelay ? 254 : own}` }],
        },
      ],
      loggers: [{ name: "kea-dhcp4", output_options: [{ output: "stdout" }], severity: "INFO" }],
    },
  };
}

/** Drives Kea. */
export const kea: ServerPeer = {
  name: "kea",
  async start({ lab, host, folder }, wishes) {
    const run = join(folder, `kea-run-${wishes.own}`);
    mkdirSync(run, { recursive: true });
    const file = place(folder, `kea-${wishes.own}.json`, JSON.stringify(configuration(wishes, folder)));
    const environment = { KEA_LOCKFILE_DIR: run, KEA_PIDFILE_DIR: run };
    const program = lab.start(host, "kea-dhcp4", ["-c", file], environment);
    await program.line(/DHCP4_STARTED/);
    return program;
  },
};
