// Writes what a board keeps in one of its two places for a module: `npm run module-slot -- build/client.wasm --number 2 -o slot.bin`.
//
// The image is a head (`struct module_head` in boards/common/modules.h) and the module. With `--key private.pem` (Ed25519, as
// `openssl genpkey -algorithm ed25519` writes it) it is signed; a board that has the public key runs no other. What a board
// would refuse is refused here: a module that is none of the core's, that imports something, or speaks another version of the boundary.

import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { BuildError, root, runCommand, writeWhole } from "./common.js";

/** @import { KeyObject } from "node:crypto" */

const usage = "usage: npm run module-slot -- MODULE.wasm --number N [--key PRIVATE.pem] -o SLOT.bin";

/** Sizes of the head and its signature, in bytes. */
const headSize = 96;
const signatureSize = 64;

/** "LSHM", read as a little-endian number. */
const magic = 0x4d48534c;

/** @param {string} path of a compiled file, below build/ */
function load(path) {
  const file = join(root, "build", path);
  if (!existsSync(file)) throw new BuildError(`build/${path} is missing; run \`npm run build\``);
  return import(pathToFileURL(file).href);
}

/**
 * Which role a module plays; brings it to life as a host does, which checks everything else.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<number>} a `Role`
 */
async function roleOf(bytes) {
  const { ClientCore, ServerCore, SERVER_DEFAULTS, LoadError, compileModule } = await load("js/host/core/index.js");
  try {
    const module = await compileModule(bytes);
    const isServer = WebAssembly.Module.exports(module).some(({ name }) => name === "exportRecords");
    const limits = { ...SERVER_DEFAULTS, imageSize: 1024, leaseCount: 16, attributeBlockCount: 16, poolCount: 1 };
    const core = isServer ? new ServerCore(module, { ...limits, interfaceCount: 1 }) : new ClientCore(module);
    return core.control.role;
  } catch (error) {
    if (error instanceof LoadError) throw new BuildError(/** @type {Error} */ (error).message);
    throw error;
  }
}

/**
 * The image of a place.
 * @param {Uint8Array<ArrayBuffer>} module
 * @param {number} number of the release, from 1 to 2³² − 1: a board takes the larger one
 * @param {KeyObject} [key] private, Ed25519
 * @returns {Promise<Uint8Array>}
 */
export async function moduleSlot(module, number, key) {
  const { crc32 } = await load("js/host/store/checksum.js");
  const { BOUNDARY_VERSION } = await load("layout.js");
  const role = await roleOf(module);
  const image = new Uint8Array(headSize + module.length);
  const view = new DataView(image.buffer);
  image.set(module, headSize);
  const words = [magic, number, module.length, BOUNDARY_VERSION, role, crc32(module), 0];
  words.forEach((word, index) => void view.setUint32(signatureSize + 4 * index, word, true));
  view.setUint32(headSize - 4, crc32(image.subarray(signatureSize, headSize - 4)), true);
  if (key) image.set(sign(null, image.subarray(signatureSize), key));
  return image;
}

/**
 * Reads a file that a person named.
 * @param {string} path
 */
function readNamed(path) {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new BuildError(`${path} cannot be read: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * @param {string} path
 * @param {Uint8Array} image
 */
function write(path, image) {
  try {
    writeWhole(path, image);
  } catch (error) {
    throw new BuildError(`${path} cannot be written: ${/** @type {Error} */ (error).message}`);
  }
}

/** @param {string} path */
function readKey(path) {
  const text = readNamed(path);
  let key;
  try {
    key = createPrivateKey(text);
  } catch {
    throw new BuildError(`${path} holds no private key; \`openssl genpkey -algorithm ed25519\` makes one`);
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw new BuildError(`${path} holds a key of type ${key.asymmetricKeyType}; boards check Ed25519`);
}

/**
 * The public half of a key, as the define `MODULE_KEY` takes it.
 * @param {KeyObject} key
 */
function publicBytes(key) {
  return [...createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32)].join(",");
}

/** @param {string | undefined} text */
function readNumber(text) {
  const number = Number(text);
  if (text !== undefined && /^\d+$/.test(text) && number >= 1 && number < 2 ** 32) return number;
  throw new BuildError(
    `--number must be from 1 to ${2 ** 32 - 1}, larger than that of the module it replaces\n${usage}`,
  );
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { number: { type: "string" }, key: { type: "string" }, output: { type: "string", short: "o" } },
    });
  } catch (error) {
    throw new BuildError(`${/** @type {Error} */ (error).message}\n${usage}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runCommand(async () => {
    const { values, positionals } = parse(process.argv.slice(2));
    const [path, ...others] = positionals;
    if (!path || others.length > 0 || !values.output) throw new BuildError(usage);
    const number = readNumber(values.number);
    const key = values.key === undefined ? undefined : readKey(values.key);
    const image = await moduleSlot(new Uint8Array(readNamed(path)), number, key);
    write(values.output, image);
    console.log(`${values.output}: ${image.length} bytes, number ${number}, ${key ? "signed" : "not signed"}`);
    if (key) console.log(`MODULE_KEY of the boards that run it: ${publicBytes(key)}`);
  });
}
