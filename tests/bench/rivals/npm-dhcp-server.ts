/**
 * A server of the package `dhcp`, whose leases may be held from the beginning: it keeps them in an object, which is filled here. It answers
 * by broadcast, and takes any address for the broadcast address.
 *
 *     npm-dhcp-server ADDRESS MASK LEASES [held]
 */
import { createRequire } from "node:module";
import { LEASE_SECONDS, leasesOf, RELAY, subnetsOf } from "../harness/network.js";

/** What is used of the package. */
interface Package {
  createServer(settings: object): {
    _state: Record<string, { address: string }>;
    on(event: "error", listener: (error: unknown) => void): void;
    listen(): void;
  };
}

const [server, netmask, count, held] = process.argv.slice(2) as [string, string, string, string?];
const size = { leases: Number(count), subnets: 1 };
const [subnet] = subnetsOf(size);
const { createServer } = createRequire(import.meta.url)("dhcp") as Package;
const running = createServer({
  range: [subnet!.first, subnet!.last],
  server,
  netmask,
  router: [server],
  broadcast: RELAY,
  leaseTime: LEASE_SECONDS,
});
running.on("error", (error) => {
  console.error(error);
  process.exit(1);
});
if (held !== undefined) {
  for (const { address, mac } of leasesOf(size)) running._state[mac.toUpperCase().replaceAll(":", "-")] = { address };
}
running.listen();
