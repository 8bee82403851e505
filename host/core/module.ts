/**
 * Loads a module of the protocol core and brings it to life: compile, instantiate without imports, lay out memory.
 *
 * `initialise` computes what it needs from the limits; called with no memory at all it only computes. So loading is: ask,
 * grow the exported memory, ask again. The core never grows memory and never asks how much there is.
 */
import { randomFillSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { instantiateSync } from "@assemblyscript/loader";
import { BOUNDARY_VERSION, CONTROL_MAGIC, Control, nameOfRole, type Role } from "#layout";
import { UserError } from "../user-error.js";
import type { CoreExports } from "./core.js";

const PAGE_SIZE = 65536;

/** The module cannot be used, or the limits cannot be met. The message says what to do. */
export class LoadError extends UserError {
  override readonly name = "LoadError";
}

/** A module's exports before its role is known. */
export interface ModuleExports extends CoreExports {
  initialise(memoryBytes: number, ...limits: number[]): number;
  memoryNeeded(): number;
}

/** The bytes of a module that this package ships. */
export function readModule(role: "client" | "server"): Promise<Uint8Array<ArrayBuffer>> {
  // build/js/host/core/module.js → build/<role>.wasm
  return readFile(new URL(`../../../${role}.wasm`, import.meta.url)) as Promise<Uint8Array<ArrayBuffer>>;
}

/** Compiles a module once, to make many instances of it. */
export async function compileModule(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  const module = await WebAssembly.compile(bytes).catch((error: unknown) => {
    throw new LoadError(`This is not a module of the protocol core: ${(error as Error).message}`);
  });
  const imports = WebAssembly.Module.imports(module);
  if (imports.length > 0) {
    throw new LoadError(`This is not a module of the protocol core: it imports ${imports[0]?.module}.`);
  }
  return module;
}

/**
 * Makes an instance and initialises it.
 * @param limits the arguments of `initialise` between the memory's size and the seed, in its order
 * @returns the exports, and the address of the control block
 */
export function initialise(
  module: WebAssembly.Module,
  role: Role,
  limits: readonly number[],
  seed: readonly [number, number] = randomSeed(),
): { exports: ModuleExports; control: number } {
  const exports = instantiateSync<ModuleExports>(module).exports;
  if (typeof exports.initialise !== "function" || typeof exports.memoryNeeded !== "function") {
    throw new LoadError("This is not a module of the protocol core: it does not export `initialise`.");
  }
  let control = exports.initialise(0, ...limits, ...seed) >>> 0;
  const needed = exports.memoryNeeded() >>> 0;
  if (needed === 0 || needed === 0xffffffff) {
    throw new LoadError(`The ${nameOfRole(role)} core refuses these limits: ${limits.join(", ")}.`);
  }
  growTo(exports.memory, needed);
  control ||= exports.initialise(needed, ...limits, ...seed) >>> 0;
  if (control === 0) throw new LoadError(`The ${nameOfRole(role)} core refuses these limits: ${limits.join(", ")}.`);
  checkControl(new Control(new DataView(exports.memory.buffer), control), role);
  return { exports, control };
}

/** 64 bits of the system's entropy, as the two numbers that `initialise` takes. */
export function randomSeed(): [number, number] {
  const seed = randomFillSync(new Uint32Array(2));
  return [seed[0]!, seed[1]!];
}

function growTo(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing <= 0) return;
  try {
    memory.grow(Math.ceil(missing / PAGE_SIZE));
  } catch {
    const mebibytes = Math.ceil(bytes / 2 ** 20);
    throw new LoadError(
      `These limits need ${mebibytes} MiB of memory, which this machine does not give.`,
      "Make pools smaller, or lower the limits.",
    );
  }
}

function checkControl(control: Control, role: Role): void {
  if (control.magic !== CONTROL_MAGIC)
    throw new LoadError("This is not a module of the protocol core: no control block.");
  if (control.boundaryVersion !== BOUNDARY_VERSION) {
    throw new LoadError(
      `The module speaks version ${control.boundaryVersion} of the boundary, this host version ${BOUNDARY_VERSION}.`,
      "Use the module and the host of one release.",
    );
  }
  if (control.role !== role) {
    throw new LoadError(`The module is a ${nameOfRole(control.role) ?? control.role}, not a ${nameOfRole(role)}.`);
  }
}
