/**
 * Servers of small networks, as they come: dnsmasq, udhcpd, and the package `dhcp` of npm.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LEASE_SECONDS, leasesOf, SERVER, type Size, subnetsOf } from "../harness/network.js";
import { writeLines } from "./kea.js";
import type { Rival } from "./rival.js";

/** Leases up to which an exchange is not so slow that clients ask again before they are answered. */
const MOST_OF_DNSMASQ = 10_000;
const MOST_OF_UDHCPD = 10_000;

const ONE_SUBNET = "it serves one subnet";

function* dnsmasqLeases(size: Size): Generator<string> {
  const ends = Math.floor(Date.now() / 1000) + LEASE_SECONDS;
  for (const { address, mac } of leasesOf(size)) yield `${ends} ${mac} ${address} * *`;
}

/** dnsmasq. */
export const dnsmasq: Rival = {
  key: "dnsmasq",
  name: "dnsmasq 2.90",
  holding: { files: (folder, size) => writeLines(join(folder, "dnsmasq.leases"), dnsmasqLeases(size)) },
  unable: ({ size, onlyStarted }) =>
    size.leases > MOST_OF_DNSMASQ && !onlyStarted
      ? "it writes its whole lease file at each lease: exchanges would take seconds"
      : null,
  start({ folder, size }) {
    const ranges = subnetsOf(size).map(
      ({ first, last, mask }) => `dhcp-range=${first},${last},${mask},${LEASE_SECONDS}`,
    );
    const lines = [
      "port=0",
      "interface=eth0",
      "user=root",
      "quiet-dhcp",
      `dhcp-lease-max=${size.leases}`,
      `dhcp-leasefile=${join(folder, "dnsmasq.leases")}`,
      `pid-file=${join(folder, "dnsmasq.pid")}`,
      ...ranges,
    ];
    const file = join(folder, "dnsmasq.conf");
    writeFileSync(file, `${lines.join("\n")}\n`);
    return { command: "dnsmasq", args: ["--keep-in-foreground", `--conf-file=${file}`] };
  },
};

/** Bytes of a lease in udhcpd's file: seconds left, address, hardware address, host name, padding. */
const UDHCPD_LEASE_BYTES = 36;

/** The lease file of udhcpd: when it was written, then the leases. */
function udhcpdLeases(size: Size): Buffer {
  const bytes = Buffer.alloc(8 + size.leases * UDHCPD_LEASE_BYTES);
  bytes.writeBigInt64BE(BigInt(Math.floor(Date.now() / 1000)));
  let at = 8;
  for (const { address, mac } of leasesOf(size)) {
    bytes.writeUInt32BE(LEASE_SECONDS, at);
    bytes.set(address.split(".").map(Number), at + 4);
    bytes.set(Buffer.from(mac.replaceAll(":", ""), "hex"), at + 8);
    at += UDHCPD_LEASE_BYTES;
  }
  return bytes;
}

/** BusyBox's udhcpd. */
export const udhcpd: Rival = {
  key: "udhcpd",
  name: "udhcpd 1.35",
  holding: { files: (folder, size) => writeFileSync(join(folder, "udhcpd.leases"), udhcpdLeases(size)) },
  unable({ size }) {
    if (size.subnets > 1) return ONE_SUBNET;
    return size.leases > MOST_OF_UDHCPD ? "its start looks through all leases for each lease that it reads" : null;
  },
  start({ folder, size }) {
    const [subnet] = subnetsOf(size);
    const lines = [
      `start ${subnet!.first}`,
      `end ${subnet!.last}`,
      "interface eth0",
      `max_leases ${size.leases}`,
      `lease_file ${join(folder, "udhcpd.leases")}`,
      `pidfile ${join(folder, "udhcpd.pid")}`,
      `option subnet ${subnet!.mask}`,
      `option lease ${LEASE_SECONDS}`,
    ];
    const file = join(folder, "udhcpd.conf");
    writeFileSync(file, `${lines.join("\n")}\n`);
    return { command: "udhcpd", args: ["-f", file] };
  },
};

const NPM_SERVER = fileURLToPath(new URL("npm-dhcp-server.js", import.meta.url));

/** The package `dhcp` of npm. It knows no relays: its broadcasts are led to the load. */
export const npm: Rival = {
  key: "npm",
  name: "npm dhcp 0.2.20",
  holding: "none",
  needs: { port: 68 },
  unable({ size, onLink }) {
    if (size.subnets > 1) return ONE_SUBNET;
    return onLink ? "measured by datagrams only" : null;
  },
  start({ size, held }) {
    const [subnet] = subnetsOf(size);
    const more = held ? ["held"] : [];
    return { command: process.execPath, args: [NPM_SERVER, SERVER, subnet!.mask, `${size.leases}`, ...more] };
  },
};
