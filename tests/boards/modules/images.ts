// What a place for a module holds, for tests: images as `scripts/module-slot.js` writes them, and damaged ones.

import { existsSync, readFileSync } from "node:fs";
import { type KeyObject, sign } from "node:crypto";
import { fileURLToPath } from "node:url";
import { crc32 } from "../../../host/store/checksum.js";

/** The repository's folder. */
export const root = fileURLToPath(new URL("../../../../../", import.meta.url));

/** Bytes of a head, and of the signature at its beginning. */
export const HEAD_SIZE = 96;
/** Where the fields of a head are. */
export const Field = { NUMBER: 68, SIZE: 72, BOUNDARY: 76, ROLE: 80, CHECKSUM: 84, HEAD_CHECKSUM: 92 } as const;

/** `scripts/` is plain JavaScript and not part of this build: it is loaded when it is run. */
const { moduleSlot } = (await import(new URL("../../../../../scripts/module-slot.js", import.meta.url).href)) as {
  moduleSlot(module: Uint8Array, number: number, key?: KeyObject): Promise<Uint8Array>;
};
export { moduleSlot };

/** The module of a role as it ships. */
export function shippedModule(role: "client" | "server"): Uint8Array {
  return new Uint8Array(readFileSync(`${root}build/${role}.wasm`));
}

/** A module that does the same and has other bytes: with a custom section that holds `text`. */
export function relabelled(module: Uint8Array, text: string): Uint8Array {
  const name = Buffer.from("release");
  const content = Buffer.concat([Buffer.from([name.length]), name, Buffer.from(text)]);
  return Buffer.concat([module, Buffer.from([0, content.length]), content]);
}

/** A module with an empty section of imports before its own sections, or what `section` is. */
export function withSection(module: Uint8Array, section: readonly number[]): Uint8Array {
  return Buffer.concat([module.subarray(0, 8), Buffer.from(section), module.subarray(8)]);
}

/** The image of a module that the script would refuse, with right checksums and, with a key, a right signature. */
export function forgedImage(image: Uint8Array, module: Uint8Array, key?: KeyObject): Uint8Array {
  const forged = Buffer.concat([image.subarray(0, HEAD_SIZE), module]);
  forged.writeUInt32LE(module.length, Field.SIZE);
  forged.writeUInt32LE(crc32(module), Field.CHECKSUM);
  return resealed(forged, key);
}

/** An image with one field of its head set, and the head's checksum right again. */
export function withField(image: Uint8Array, field: number, value: number): Uint8Array {
  const changed = Buffer.from(image);
  changed.writeUInt32LE(value >>> 0, field);
  return resealed(changed);
}

function resealed(image: Buffer, key?: KeyObject): Buffer {
  image.writeUInt32LE(crc32(image.subarray(64, Field.HEAD_CHECKSUM)), Field.HEAD_CHECKSUM);
  if (key) sign(null, image.subarray(64), key).copy(image);
  return image;
}

/** The 32 bytes of a public key of Ed25519; `[...rawKey(key)].join(",")` is a board's define MODULE_KEY. */
export function rawKey(key: KeyObject): Buffer {
  return key.export({ format: "der", type: "spki" }).subarray(-32);
}

/** An image with one bit turned. */
export function damaged(image: Uint8Array, offset: number): Uint8Array {
  const changed = Buffer.from(image);
  changed[offset]! ^= 0x10;
  return changed;
}

/** `scripts/` is plain JavaScript and not part of this build: it is loaded when it is run. */
const { compile } = (await import(new URL("../../../../../scripts/common.js", import.meta.url).href)) as {
  compile(args: string[], files: object): Promise<void>;
};

/**
 * The client's module, compiled with another text in its entry file.
 * @param find in `assembly/client.ts`, where it must be
 */
export async function changedClient(find: string, replacement: string): Promise<Uint8Array> {
  let module: Uint8Array | undefined;
  await compile(["assembly/client.ts", "--target", "client"], {
    readFile(name: string): string | null {
      const path = `${root}${name}`;
      if (!existsSync(path)) return null;
      const source = readFileSync(path, "utf8");
      if (name !== "assembly/client.ts") return source;
      if (!source.includes(find)) throw new Error(`assembly/client.ts does not hold ${find}`);
      return source.replace(find, replacement);
    },
    writeFile(name: string, content: Uint8Array) {
      if (name.endsWith(".wasm")) module = new Uint8Array(content);
    },
  });
  return module!;
}
