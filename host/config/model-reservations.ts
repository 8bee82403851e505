/**
 * Reservations against each other and against their subnet: an address that lies elsewhere, one address for two clients, one
 * client with two addresses in a network.
 */
import { formatAddress, formatHardware } from "../core/address.js";
import { ReservationKind } from "#layout";
import { formatPrefix, hostsOf, type NetworkModel, type ReservationModel, type SubnetModel } from "./model.js";
import type { Problems } from "./problems.js";
import { formatRange } from "./values.js";

/** A reservation's client as messages name it. */
export function formatClient({ kind, key }: Pick<ReservationModel, "kind" | "key">): string {
  if (kind === ReservationKind.CLIENT_IDENTIFIER) return `client identifier ${formatHardware(key)}`;
  const type = key[0] === 1 ? "" : `${key[0]}/`;
  return `hardware address ${type}${formatHardware(key.subarray(1))}`;
}

/** Notes reservations that contradict their subnet or each other. */
export function checkReservations(subnets: readonly SubnetModel[], problems: Problems): void {
  const byAddress = new Map<number, ReservationModel>();
  const byClient = new Map<NetworkModel, Map<string, ReservationModel>>();
  for (const subnet of subnets) {
    const ofNetwork = byClient.get(subnet.network) ?? new Map<string, ReservationModel>();
    byClient.set(subnet.network, ofNetwork);
    for (const reservation of subnet.reservations) {
      checkAddress(reservation, problems);
      checkTwin(
        byAddress,
        reservation.address,
        reservation,
        problems,
        `the address ${formatAddress(reservation.address)} is reserved twice`,
      );
      const client = `${reservation.kind} ${Buffer.from(reservation.key).toString("latin1")}`;
      checkTwin(
        ofNetwork,
        client,
        reservation,
        problems,
        `the ${formatClient(reservation)} has two reservations in one network`,
      );
    }
  }
}

function checkAddress({ address, at, subnet }: ReservationModel, problems: Problems): void {
  const hosts = hostsOf(subnet.prefix);
  if (address >= hosts.first && address <= hosts.last) return;
  const prefix = formatPrefix(subnet.prefix);
  const ends = [subnet.prefix.address, (subnet.prefix.address | ~subnet.prefix.mask) >>> 0];
  const problem = ends.includes(address) ? "is no host's address in" : "is not within";
  problems.error(
    at,
    `the reserved address ${formatAddress(address)} ${problem} its subnet ${prefix}`,
    `Hosts of that subnet have ${formatRange(hosts)}.`,
  );
}

function checkTwin<K>(
  seen: Map<K, ReservationModel>,
  key: K,
  reservation: ReservationModel,
  problems: Problems,
  message: string,
): void {
  const twin = seen.get(key);
  if (!twin) seen.set(key, reservation);
  else problems.error(reservation.at, message, `Line ${problems.place(twin.at).line} has the first: keep one of them.`);
}
