/**
 * What a configuration comes to, in a few lines for people.
 */
import type { Configuration } from "../config/compile.js";

/** "1 pool", "2 pools". */
export const plural = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** What a configuration serves, and how large it is. */
export function describeConfiguration(configuration: Configuration): string[] {
  const { image, limits, names, interfaces, servesOthers } = configuration;
  const where = interfaces.map(({ name }) => name);
  if (servesOthers) where.push("interfaces whose own address lies in a subnet");
  return [
    `Serves ${names.networks.join(", ")} on ${where.join(", ") || "no interface"}.`,
    `${plural(limits.leaseCount, "address", "addresses")} in ${plural(names.pools.length, "pool")}, ${plural(names.reservations.length, "reservation")}.`,
    `The image has ${image.length} bytes.`,
  ];
}
