/**
 * The accepted configuration, and what follows from it: who the client is, and which servers it listens to.
 *
 * The record stays where the host put it (`control.image`); `check.ts` has proved that every list lies inside it. The
 * hardware address is the configured one or the interface's own, kept zero-padded to the 16 bytes of `chaddr` so that
 * it is written and compared whole.
 */
import { copyBytes, equalBytes, fillZero } from "../wire/bytes";
import { CHADDR_SIZE, CLIENT_PORT, SERVER_PORT } from "../wire/message";
import { MAC_SIZE } from "../wire/ethernet";
import { interfaceAt, InterfaceChange, macOf } from "../machine/interface";
import { reserve } from "../machine/memory";
import { ClientConfiguration, ClientFlag } from "./configuration";

/** The accepted configuration; null before `configure`. */
export let settings: ClientConfiguration = changetype<ClientConfiguration>(0);

/** Address of the 16 bytes of `chaddr`, zero-padded; 0 before `initialise`. */
export let chaddrAt: usize = 0;
/** Hardware type and length that go with it. */
export let hardwareType: u32 = 0;
export let hardwareLength: u32 = 0;

/** Reserves the hardware address. */
export function layOutIdentity(): usize {
  return reserve(1, CHADDR_SIZE);
}

/** Makes the bytes at `at` the place of the hardware address. */
export function openIdentity(at: usize): void {
  chaddrAt = at;
}

/** Takes a configuration that has been checked. */
export function useSettings(record: ClientConfiguration): void {
  settings = record;
  refreshIdentity();
}

/** Whether there is a configuration. */
export function isConfigured(): bool {
  return changetype<usize>(settings) != 0;
}

/** The client's interface, or null while it is down. A client serves one, number 0. */
export function link(): InterfaceChange | null {
  return interfaceAt(0);
}

/**
 * Works out the hardware address anew, after `configure` and after each change of the interface; returns whether it is another one.
 * While the interface is down, the last one stays.
 */
export function refreshIdentity(): bool {
  const entry = link();
  if (settings.hlen) {
    return identifyBy(
      settings.htype,
      settings.hlen,
      changetype<usize>(settings) + offsetof<ClientConfiguration>("chaddr"),
    );
  }
  return entry != null && identifyBy(entry.htype, MAC_SIZE, macOf(entry));
}

/** Makes this hardware address the client's; returns whether it is another one. */
export function identifyBy(type: u32, length: u32, address: usize): bool {
  if (type == hardwareType && length == hardwareLength && equalBytes(chaddrAt, address, length)) return false;
  hardwareType = type;
  hardwareLength = length;
  fillZero(chaddrAt, CHADDR_SIZE);
  copyBytes(chaddrAt, address, length);
  return true;
}

/** Whether one of `ClientFlag` is set. */
export function hasFlag(flag: ClientFlag): bool {
  return (settings.flags & flag) != 0;
}

/** UDP port of servers. */
export function serverPort(): u32 {
  return settings.serverPort ? settings.serverPort : SERVER_PORT;
}

/** Our UDP port. */
export function clientPort(): u32 {
  return settings.clientPort ? settings.clientPort : CLIENT_PORT;
}

/** Whether answers of this server may be used: not denied, and allowed where only some are. */
export function serverAccepted(server: u32): bool {
  const allowed = listsAt();
  const denied = allowed + settings.allowCount * sizeof<u32>();
  if (listed(denied, settings.denyCount, server)) return false;
  return settings.allowCount == 0 || listed(allowed, settings.allowCount, server);
}

/** Address of the client identifier; its length is `settings.identifierLength`. */
export function identifierAt(): usize {
  return listsAt() + (u32(settings.allowCount) + settings.denyCount) * sizeof<u32>();
}

/** Address of the encoded options; their length is `settings.optionsLength`. */
export function encodedOptionsAt(): usize {
  return identifierAt() + settings.identifierLength;
}

/** Where the lists behind the record begin. */
function listsAt(): usize {
  return changetype<usize>(settings) + offsetof<ClientConfiguration>();
}

function listed(at: usize, count: u32, server: u32): bool {
  for (let i: u32 = 0; i < count; i++) {
    if (load<u32>(at + i * sizeof<u32>()) == server) return true;
  }
  return false;
}
