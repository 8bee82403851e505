/**
 * The firmware there is, as the boards' `board.json` list it; builds it, and says what is missing for that.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const root = fileURLToPath(new URL("../../../../../", import.meta.url));

/** How QEMU plays a board. `{…}` in its arguments stand for what a test decides. */
export interface Emulation {
  readonly program: string;
  /** Debian packages that bring it. */
  readonly packages: readonly string[];
  /** The machine; `{firmware}` is the path of the ELF. */
  readonly arguments: readonly string[];
  /** The network chip; `{backend}` is what it is plugged into, `{mac}` its hardware address. */
  readonly network: readonly string[];
  /** What outlives the power: its size in bytes, and its arguments, where `{file}` is its image. */
  readonly storage?: { readonly size: number; readonly arguments: readonly string[] };
}

/** What `board.json` says of one firmware. */
interface FirmwareSettings {
  readonly role: "client" | "server";
  readonly engine: string;
  /** Third parties' libraries besides the engine's. */
  readonly libraries?: readonly string[];
  readonly memory: number;
  readonly main?: boolean;
  readonly defines?: Readonly<Record<string, string>>;
  /** What is different for this firmware; null: it does not use the board's storage. */
  readonly qemu?: { readonly storage?: null };
}

/** What `board.json` says, as far as tests look at it. */
interface Board {
  readonly compiler: string;
  readonly packages: readonly string[];
  readonly qemu?: Emulation;
  readonly firmware: Readonly<Record<string, FirmwareSettings>>;
}

/** One firmware of one board that QEMU can play. */
export interface Firmware {
  readonly board: string;
  readonly name: string;
  readonly role: "client" | "server";
  /** What runs the module: "aot", "wasm3" or "wamr". */
  readonly engine: string;
  /** Third parties' libraries whose sources it needs, an interpreter among them. */
  readonly libraries: readonly string[];
  /** Bytes of linear memory, or of the heap of an interpreter, which holds it. */
  readonly memory: number;
  /** Whether its `main` is its own, and not the one that all boards share. */
  readonly hasOwnLoop: boolean;
  readonly qemu: Emulation;
  readonly compiler: string;
  readonly packages: readonly string[];
}

/** Every firmware that QEMU can play, of a role. */
export function firmwareOf(role: "client" | "server"): Firmware[] {
  const boards = join(root, "boards");
  return readdirSync(boards).flatMap((board) => {
    const file = join(boards, board, "board.json");
    if (!existsSync(file)) return [];
    const { qemu, firmware, compiler, packages } = JSON.parse(readFileSync(file, "utf8")) as Board;
    if (qemu === undefined) return [];
    return Object.entries(firmware)
      .filter(([, settings]) => settings.role === role)
      .map(([name, { engine, memory: linear, main, libraries = [], defines = {}, qemu: own }]) => {
        const { storage, ...machine } = qemu;
        const keeps = storage !== undefined && own?.storage !== null;
        const needed = engine === "aot" ? libraries : [engine, ...libraries];
        const stated = engine === "aot" ? `${linear}` : defines[`${engine.toUpperCase()}_HEAP_SIZE`];
        if (stated === undefined) throw new Error(`${board}/${name} states no ${engine.toUpperCase()}_HEAP_SIZE`);
        const memory = Number.parseInt(stated, 10);
        return {
          board,
          name,
          role,
          engine,
          memory,
          hasOwnLoop: main === false,
          libraries: needed,
          qemu: keeps ? qemu : machine,
          compiler,
          packages,
        };
      });
  });
}

/** `lm3s6965evb/client-aot`: how a person names it. */
export function titleOf({ board, name }: Firmware): string {
  return `${board}/${name}`;
}

interface ThirdParty {
  thirdPartyFolder(name: string): string | undefined;
}

/** What is different in a firmware that is built for a test; `scripts/firmware.js` says more of each. */
export interface Variant {
  readonly suffix: string;
  readonly defines?: Readonly<Record<string, string>>;
  readonly linkFlags?: readonly string[];
  readonly libraries?: readonly string[];
  readonly module?: string;
}

interface Build {
  buildFirmware(board: string, name: string, variant?: Variant): Promise<string>;
}

/** A script of the repository: plain JavaScript, which is not part of the tests' build. */
export async function script<T>(name: string): Promise<T> {
  return (await import(new URL(`../../../../../scripts/${name}`, import.meta.url).href)) as T;
}

/** Whether a program is on the path. */
export function hasProgram(program: string): boolean {
  return spawnSync("sh", ["-c", 'command -v "$1"', "sh", program]).status === 0;
}

/** Why a firmware can't be built or played here, or null. */
export async function wantingFor({ compiler, packages, libraries, qemu }: Firmware): Promise<string | null> {
  const needs = [
    [compiler, packages[0]],
    [qemu.program, qemu.packages[0]],
    ["wasm2c", "wabt"],
  ] as const;
  const missing = needs.find(([program]) => !hasProgram(program));
  if (missing) return `want of a package: ${missing[1]}`;
  const { thirdPartyFolder } = await script<ThirdParty>("third-party.js");
  const wanted = libraries.find((library) => thirdPartyFolder(library) === undefined);
  return wanted === undefined ? null : `want of ${wanted}'s sources`;
}

/** Builds a firmware and returns the path of its ELF. */
export async function build({ board, name }: Firmware, variant?: Variant): Promise<string> {
  const { buildFirmware } = await script<Build>("firmware.js");
  return buildFirmware(board, name, variant);
}
