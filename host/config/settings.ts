/**
 * The settings that may stand at every level of a configuration: the whole, a shared network, a subnet, a pool, a reservation.
 * What they come to for one address is told in `resolve.ts`.
 */
import type { Node } from "jsonc-parser";
import { shorten } from "./document.js";
import {
  either,
  entriesOf,
  Fault,
  flag,
  type Kind,
  list,
  named,
  object,
  type Placed,
  type Read,
  refuse,
  withDescription,
} from "./kinds.js";
import { optionByKey, optionDefinitions, optionNames, refusedOptions } from "./option-table.js";
import { optionValue } from "./option-values.js";
import type { Problems } from "./problems.js";
import { didYouMean } from "./suggest.js";
import { duration, hostAddress, INFINITE, plainText, secondsOf } from "./values.js";

/** Longest finite lease time: what leaves room for the present in 32 bits of seconds until 2106. */
const MOST_LEASE_SECONDS = 0x7fffffff;

/** Lease times as they stand at one level. */
export interface LeaseTime {
  readonly default?: Placed<number>;
  readonly minimum?: Placed<number>;
  readonly maximum?: Placed<number>;
}

const leaseDuration = duration(1, MOST_LEASE_SECONDS, true);

const leaseTimes = object("the lease time", {
  default: { kind: leaseDuration, doc: "For clients that ask for no time. 12h when left out." },
  minimum: {
    kind: leaseDuration,
    doc: "The least that a client gets, whatever it asks for. 2m when left out, or the default where that is less.",
  },
  maximum: {
    kind: leaseDuration,
    doc: "The most that a client gets, whatever it asks for. The default time when left out.",
  },
});

const leaseTime: Kind<LeaseTime> = named(
  "leaseTime",
  either<LeaseTime, LeaseTime>((node) => node.type === "object", leaseTimes, {
    schema: leaseDuration.schema,
    read(node, problems) {
      const value = leaseDuration.read(node, problems);
      return value === undefined ? undefined : { default: { value, at: node.offset } };
    },
  }),
);

/** T1 or T2: a fraction of the lease time (a number between 0 and 1), or a time in seconds. */
const fractionOrTime: Kind<number> = {
  schema: { anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "string" }] },
  read(node, problems) {
    const value = secondsOf(node);
    if (value === undefined)
      return refuse(node, problems, 'a fraction of the lease time such as 0.5, or a time such as "6h",');
    if (value instanceof Fault) {
      problems.error(node.offset, value.message, value.advice);
      return undefined;
    }
    if (value > 0 && value !== INFINITE && (value < 1 || Number.isInteger(value))) return value;
    problems.error(
      node.offset,
      `${JSON.stringify(node.value)} is out of bounds`,
      "Write a fraction between 0 and 1, or a time in whole seconds.",
    );
    return undefined;
  },
};

/** A time of less than a minute, in milliseconds. */
const probeTime: Kind<number> = {
  schema: {
    anyOf: [
      { type: "number", exclusiveMinimum: 0, maximum: 10 },
      { type: "string", pattern: "^\\d+(ms|s)$" },
    ],
  },
  read(node, problems) {
    const seconds = secondsOf(node);
    if (typeof seconds === "number" && seconds >= 0.01 && seconds <= 10) return Math.round(seconds * 1000);
    return refuse(node, problems, 'a time from "10ms" to "10s"');
  },
};

/** The option that a key names, or undefined after noting why it can't be set. */
function optionOf(key: string, at: number, problems: Problems): number | undefined {
  const definition = optionByKey(key);
  if (!definition) {
    problems.error(
      at,
      `there is no option "${shorten(key)}"`,
      didYouMean(key, optionNames, "Use IANA's name, or the number of the option from 1 to 254."),
    );
    return undefined;
  }
  const reason = refusedOptions.get(definition.code);
  if (reason === undefined) return definition.code;
  problems.error(at, `option ${definition.code} (${definition.name}) can't be configured`, reason);
  return undefined;
}

/** Option values by code. */
export type Options = ReadonlyMap<number, Placed<Uint8Array>>;

const options: Kind<Options> = named("options", {
  schema: {
    type: "object",
    properties: Object.fromEntries(
      optionDefinitions
        .filter(({ code }) => !refusedOptions.has(code))
        .map(({ code, ianaName, name, type }) => [
          name,
          withDescription(optionValue(type).schema, `Option ${code}: ${ianaName}.`),
        ]),
    ),
  },
  read(node, problems) {
    const read = new Map<number, Placed<Uint8Array>>();
    for (const { key, value } of entriesOf(node, problems)) {
      const code = optionOf(key.value as string, key.offset, problems);
      if (code === undefined) continue;
      const twin = read.get(code);
      if (twin) {
        problems.error(
          key.offset,
          `option ${code} stands here a second time`,
          `Line ${problems.place(twin.at).line} has it already, by another name: keep one of them.`,
        );
        continue;
      }
      const bytes = optionValue(optionByKey(key.value as string)!.type).read(value, problems);
      if (bytes) read.set(code, { value: bytes, at: key.offset });
    }
    return read;
  },
});

/** An option by its name or number. */
const optionKey: Kind<number> = {
  schema: { anyOf: [{ enum: optionNames }, { type: "string" }, { type: "integer", minimum: 1, maximum: 254 }] },
  read(node: Node, problems) {
    if (node.type !== "string" && node.type !== "number")
      return refuse(node, problems, "the name or the number of an option");
    return optionOf(String(node.value), node.offset, problems);
  },
};

/** The settings of a level. */
export const settingFields = {
  authoritative: {
    kind: flag,
    doc: "Whether this server knows every lease of the subnet, so that it may refuse (DHCPNAK) what others say they hold. false when left out.",
  },
  probe: {
    kind: flag,
    doc: "Whether an address is probed (ARP on the link, ICMP through a relay) before it is offered. true when left out.",
  },
  probeTime: { kind: probeTime, doc: 'How long a probe waits for an answer. "500ms" when left out.' },
  leaseTime: {
    kind: leaseTime,
    doc: 'How long leases last: a time such as "12h" (the default), or default, minimum and maximum. "infinite" never ends.',
  },
  renewalTime: {
    kind: fractionOrTime,
    doc: "T1, when clients begin to renew: a fraction of the lease time, or a time that is turned into a fraction of the default lease time. 0.5 when left out.",
  },
  rebindingTime: { kind: fractionOrTime, doc: "T2, when clients ask any server: as renewalTime. 0.875 when left out." },
  offerTime: {
    kind: duration(1, 3600),
    doc: 'How long an offered address is held for its client. "60s" when left out.',
  },
  quarantineTime: {
    kind: duration(1, MOST_LEASE_SECONDS),
    doc: 'How long a declined address is given to nobody. "24h" when left out.',
  },
  nextServer: { kind: hostAddress, doc: "The server to boot from (siaddr)." },
  serverName: { kind: plainText(63), doc: "The name of the server to boot from (sname)." },
  bootFile: { kind: plainText(127), doc: "The file to boot (file)." },
  options: { kind: options, doc: "DHCP options by name (IANA's, or ISC's and Kea's) or number." },
  alwaysSend: { kind: list(optionKey), doc: "Options that are sent even to clients that do not ask for them." },
} as const;

/** What is read of a level. */
export type Settings = Read<typeof settingFields>;
