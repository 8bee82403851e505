/**
 * What the settings of several levels come to for one address.
 *
 * The nearest level that has a setting decides it, whole; only options are merged, each option by itself. From near to far:
 * reservation, pool, subnet, shared network, the whole file, then the defaults below.
 */
import type { Placed } from "./kinds.js";
import type { Problems } from "./problems.js";
import type { Settings } from "./settings.js";
import { formatSeconds, INFINITE } from "./values.js";

/** What holds where no level says anything. Times in seconds unless named otherwise. */
export const defaults = {
  authoritative: false,
  /** RFC 2131 §2.2 and §3.1: servers should check that an address is not in use before they offer it. */
  probe: true,
  probeMilliseconds: 500,
  leaseSeconds: 12 * 3600,
  /** Shortest lease that a client gets when it asks for less. */
  minimumLeaseSeconds: 120,
  /** RFC 2131 §4.4.5. */
  renewal: 0.5,
  rebinding: 0.875,
  offerSeconds: 60,
  quarantineSeconds: 24 * 3600,
} as const;

/** The settings for one address, all levels resolved. */
export interface Resolved {
  readonly authoritative: boolean;
  readonly probe: boolean;
  readonly probeMilliseconds: number;
  readonly leaseSeconds: number;
  readonly minimumLeaseSeconds: number;
  readonly maximumLeaseSeconds: number;
  /** T1 and T2 in 1/65536 of the lease time. */
  readonly renewalFraction: number;
  readonly rebindingFraction: number;
  readonly offerSeconds: number;
  readonly quarantineSeconds: number;
  readonly nextServer: number;
  readonly serverName: string;
  readonly bootFile: string;
  readonly options: Map<number, Uint8Array>;
  readonly always: Set<number>;
}

type PlainKey = Exclude<keyof Settings, "at" | "keys" | "options" | "alwaysSend" | "leaseTime">;

/** The nearest value of a setting. */
function nearestOf<K extends PlainKey>(levels: readonly Settings[], key: K): Settings[K] | undefined {
  return levels.find((level) => level[key] !== undefined)?.[key];
}

/**
 * Resolves levels, the nearest first. What contradicts itself only now (a minimum above the default …) is noted at the setting
 * that does; `noted` keeps each such place from being noted once for every address below it.
 */
export function resolve(levels: readonly Settings[], problems: Problems, noted: Set<number>): Resolved {
  const times = resolveLeaseTime(levels, problems, noted);
  return {
    authoritative: nearestOf(levels, "authoritative")?.value ?? defaults.authoritative,
    probe: nearestOf(levels, "probe")?.value ?? defaults.probe,
    probeMilliseconds: nearestOf(levels, "probeTime")?.value ?? defaults.probeMilliseconds,
    ...times,
    ...resolveFractions(levels, times.leaseSeconds, problems, noted),
    offerSeconds: nearestOf(levels, "offerTime")?.value ?? defaults.offerSeconds,
    quarantineSeconds: nearestOf(levels, "quarantineTime")?.value ?? defaults.quarantineSeconds,
    nextServer: nearestOf(levels, "nextServer")?.value ?? 0,
    serverName: nearestOf(levels, "serverName")?.value ?? "",
    bootFile: nearestOf(levels, "bootFile")?.value ?? "",
    options: mergeOptions(levels),
    always: new Set(levels.flatMap((level) => (level.alwaysSend?.value ?? []).map(({ value }) => value))),
  };
}

function noteOnce(at: number, noted: Set<number>, problems: Problems, message: string, advice: string): void {
  if (noted.has(at)) return;
  noted.add(at);
  problems.error(at, message, advice);
}

function resolveLeaseTime(levels: readonly Settings[], problems: Problems, noted: Set<number>) {
  const given = levels.find((level) => level.leaseTime)?.leaseTime?.value ?? {};
  const { default: usual, minimum, maximum } = given;
  const leaseSeconds =
    usual?.value ?? Math.min(Math.max(defaults.leaseSeconds, minimum?.value ?? 0), maximum?.value ?? INFINITE);
  const minimumLeaseSeconds = minimum?.value ?? Math.min(defaults.minimumLeaseSeconds, leaseSeconds);
  const maximumLeaseSeconds = maximum?.value ?? leaseSeconds;
  const inFull = (seconds: number) => `"${formatSeconds(seconds)}"`;
  if (minimum && minimumLeaseSeconds > leaseSeconds) {
    noteOnce(
      minimum.at,
      noted,
      problems,
      `the minimum lease time ${inFull(minimumLeaseSeconds)} is more than the default ${inFull(leaseSeconds)}`,
      "Raise the one or lower the other.",
    );
  }
  if (maximum && maximumLeaseSeconds < leaseSeconds) {
    noteOnce(
      maximum.at,
      noted,
      problems,
      `the maximum lease time ${inFull(maximumLeaseSeconds)} is less than the default ${inFull(leaseSeconds)}`,
      "Raise the one or lower the other.",
    );
  }
  return { leaseSeconds, minimumLeaseSeconds, maximumLeaseSeconds };
}

function resolveFractions(levels: readonly Settings[], leaseSeconds: number, problems: Problems, noted: Set<number>) {
  const fraction = (setting: Placed<number> | undefined, otherwise: number, name: string) => {
    if (!setting) return otherwise;
    if (setting.value < 1) return setting.value;
    if (setting.value < leaseSeconds && leaseSeconds !== INFINITE) return setting.value / leaseSeconds;
    const lease = formatSeconds(leaseSeconds);
    noteOnce(
      setting.at,
      noted,
      problems,
      `${name} "${formatSeconds(setting.value)}" is no part of the lease time "${lease}"`,
      "It must be shorter than the lease, or a fraction such as 0.5.",
    );
    return otherwise;
  };
  const renewalSetting = nearestOf(levels, "renewalTime");
  const rebindingSetting = nearestOf(levels, "rebindingTime");
  const renewal = fraction(renewalSetting, defaults.renewal, "renewalTime");
  const rebinding = fraction(rebindingSetting, Math.max(defaults.rebinding, renewal), "rebindingTime");
  if (renewal > rebinding && rebindingSetting) {
    noteOnce(
      rebindingSetting.at,
      noted,
      problems,
      "rebindingTime is before renewalTime",
      "T2 must not come before T1 (RFC 2131 section 4.4.5).",
    );
  }
  const scaled = (value: number) => Math.min(Math.max(Math.round(value * 65536), 1), 65535);
  return { renewalFraction: scaled(renewal), rebindingFraction: scaled(rebinding) };
}

function mergeOptions(levels: readonly Settings[]): Map<number, Uint8Array> {
  const merged = new Map<number, Uint8Array>();
  for (const level of levels) {
    for (const [code, { value }] of level.options?.value ?? []) if (!merged.has(code)) merged.set(code, value);
  }
  return merged;
}
