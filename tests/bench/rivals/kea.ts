/**
 * Kea as it comes: its lease file is written at each lease, and not synced. The lease file cleanup is off, as no run is an hour long.
 */
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { LEASE_SECONDS, leasesOf, type Size, subnetsOf } from "../harness/network.js";
import type { Rival } from "./rival.js";

const COLUMNS =
  "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context";

/** Writes lines in pieces that a string can hold. */
export function writeLines(file: string, lines: Iterable<string>): void {
  const descriptor = openSync(file, "w");
  let piece = "";
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < 1 << 20) continue;
    writeSync(descriptor, piece);
    piece = "";
  }
  writeSync(descriptor, piece);
  closeSync(descriptor);
}

function* rows(size: Size): Generator<string> {
  const ends = Math.floor(Date.now() / 1000) + LEASE_SECONDS;
  yield COLUMNS;
  for (const { address, mac, subnet } of leasesOf(size))
    yield `${address},${mac},,${LEASE_SECONDS},${ends},${subnet + 1},0,0,,0,`;
}

/** kea-dhcp4. */
export const kea: Rival = {
  key: "kea",
  name: "Kea 2.2",
  holding: { files: (folder, size) => writeLines(join(folder, "kea.csv"), rows(size)) },
  start({ folder, size, onLink }) {
    const subnet4 = subnetsOf(size).map(({ network, prefix, first, last }, index) => ({
      id: index + 1,
      subnet: `${network}/${prefix}`,
      pools: [{ pool: `${first}-${last}` }],
    }));
    const Dhcp4 = {
      "interfaces-config": { interfaces: ["eth0"], "dhcp-socket-type": onLink ? "raw" : "udp" },
      "lease-database": { type: "memfile", persist: true, name: join(folder, "kea.csv"), "lfc-interval": 0 },
      "valid-lifetime": LEASE_SECONDS,
      subnet4,
      loggers: [{ name: "kea-dhcp4", severity: "WARN", output_options: [{ output: "stdout" }] }],
    };
    const file = join(folder, "kea.json");
    writeFileSync(file, JSON.stringify({ Dhcp4 }));
    const environment = { KEA_LOCKFILE_DIR: folder, KEA_PIDFILE_DIR: folder, KEA_LOGGER_DESTINATION: "stdout" };
    return { command: "kea-dhcp4", args: ["-c", file], environment };
  },
};
