/**
 * IPv4 addresses as the core knows them: numbers in which 192.0.2.1 is 0xC0000201. Text is for people, at the edges only.
 */

/** The address as dotted decimal. */
export function formatAddress(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** The address that dotted decimal text stands for, or undefined when it is none (leading zeros are refused: some read them as octal). */
export function parseAddress(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!parts) return undefined;
  let address = 0;
  for (const part of parts.slice(1)) {
    if (Number(part) > 255 || (part.length > 1 && part.startsWith("0"))) return undefined;
    address = address * 256 + Number(part);
  }
  return address;
}

/** The mask of a prefix: 24 is 0xFFFFFF00. */
export function maskOf(prefixLength: number): number {
  return prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
}

/** The prefix length of a mask, or undefined when its ones are not contiguous (255.0.255.0). */
export function prefixOf(mask: number): number | undefined {
  const host = ~mask >>> 0;
  return (host & (host + 1)) === 0 ? Math.clz32(host) : undefined;
}

/** Bytes of a hardware address as text: 02:00:00:00:00:01. */
export function formatHardware(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}
