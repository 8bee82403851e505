/**
 * What happens in a running server, as log lines and as a live ladder.
 */
import type { Configuration } from "../config/compile.js";
import { formatAddress } from "../core/address.js";
import type { InterfaceState } from "../net/transport.js";
import type { ServerEvents } from "../server/events.js";
import { fieldsOf, offeredLine, readJudged, rungOf, sentenceOf } from "./judged.js";
import type { Log } from "./log.js";
import { ownAddressConflict } from "./serve-transport.js";

/** Turns events into lines. `judged` is there only where somebody looks: it costs something for each datagram. */
export function serverEvents(
  log: Log,
  configuration: () => Configuration,
  interfaces: () => readonly InterfaceState[],
  ladder: boolean,
): ServerEvents {
  const explains = log.shows("debug");
  const judged: ServerEvents["judged"] = (core, index) => {
    const { interfaceIndex } = core.slot(index);
    const name = interfaces().find((each) => each.index === interfaceIndex)?.name ?? "an interface that is not served";
    const message = readJudged(core, index, name, configuration().names);
    if (explains) log.debug("message", sentenceOf(message), fieldsOf(message));
    const rung = ladder ? rungOf(message) : null;
    if (rung !== null) console.log(rung);
  };
  const offered: ServerEvents["offered"] = (core, offset) => {
    const line = offeredLine(core, offset);
    if (explains) log.debug("offered", line);
    if (ladder) console.log(line);
  };
  return {
    ...((explains || ladder) && { judged, offered }),
    interfaceChanged: (state) => tellInterface(log, configuration(), state),
    clockStepped: (seconds) =>
      log.info(
        "clock-set",
        `the clock was set to ${new Date(seconds * 1000).toISOString()}; leases keep their length.`,
      ),
    unserved: (count) => {
      const which = count === 1 ? "1 lease of the store is" : `${count} leases of the store are`;
      log.warning("unserved", `${which} in no pool of this configuration: kept, and not served.`, { count });
    },
    storeBehind: (fault) =>
      log.error("store-behind", `the store does not take records, so no lease is granted: ${fault}`),
    storeCaughtUp: () => log.info("store-caught-up", "the store takes records again."),
    snapshotTaken: () => log.debug("snapshot", "a snapshot of the leases was taken."),
    trapped: (trap, file) =>
      log.error("trapped", `${trap.message}${file === null ? "" : ` Please report it with ${file}.`}`, { file }),
    recovered: () => log.warning("recovered", "a new instance serves, restored from the store."),
  };
}

function tellInterface(log: Log, configuration: Configuration, state: InterfaceState): void {
  const { name, up, address, prefixLength } = state;
  if (!up) {
    log.info("interface-down", `interface ${name} is down.`, { interface: name });
    return;
  }
  const own = address === 0 ? "no address" : `${formatAddress(address)}/${prefixLength}`;
  log.info("interface-up", `interface ${name} is up with ${own}.`, { interface: name });
  if (address === 0) {
    const message = `interface ${name} has no IPv4 address: nobody is answered there until it has one.`;
    log.warning("no-address", message, { interface: name });
  }
  const conflict = ownAddressConflict(configuration, state);
  if (conflict !== null) log.error("own-address", `${conflict} Leave it out of the pool.`, { interface: name });
}
