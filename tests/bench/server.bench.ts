/**
 * The whole server over a veth pair beside Kea, in the same run, alternating: one relay with many clients in one namespace, the
 * server in another. Leasehold makes every lease durable before its DHCPACK; Kea runs as it comes, its lease file on (it
 * does not sync it). Needs root and the packages of the test suites.
 */
import { compare, kea, leasehold, loadByLeasehold } from "./server-rivals.js";

// `npm run bench -- server -- kea` runs one alone.
const asked = process.argv.slice(2);
const rivals = [leasehold, kea].filter(
  ({ name }) => asked.length === 0 || asked.some((word) => name.toLowerCase().startsWith(word)),
);
const results = await compare(rivals, loadByLeasehold);
const [own, other] = [results.get(leasehold.name), results.get(kea.name)];
if (own !== undefined && other !== undefined) console.log(`Leasehold: ${(own / other).toFixed(2)} × Kea`);
