/**
 * The programs that are measured: every firmware that QEMU can play, and lwIP's client for comparison.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Firmware, firmwareOf, root, script, titleOf, wantingFor } from "../harness/firmware.js";
import { type Cost, type Measured, measure } from "./measure.js";

/** A program that can be measured. */
export interface Program {
  /** Board and name: `lm3s6965evb/client-aot`. */
  readonly name: string;
  /** Why it can't be measured here, or null. */
  wanting(): Promise<string | null>;
  measure(): Promise<Cost>;
}

interface Build {
  buildFirmware(board: string, name: string, variant?: object): Promise<string>;
  compileProgram(board: string, parts: object, program: string): void;
  readBoard(board: string): { readonly sources: readonly string[] };
}

interface Libraries {
  thirdParty(name: string): { folder: string; sources: readonly string[]; includes: readonly string[] };
}

const folder = join(root, "tests/boards/cost");

/** What differs in a program that is measured: its loop says what it costs, and a client begins at once. */
const variant = {
  main: ["main.c", "cost.c"].map((file) => join(folder, file)),
  includes: [folder],
  defines: { CLIENT_INITIAL_DELAY_MINIMUM: "0", CLIENT_INITIAL_DELAY_MAXIMUM: "0" },
  suffix: "-cost",
};

/** Measures with an image of storage that is gone afterwards. */
async function measureWithStorage(program: Measured): Promise<Cost> {
  const scratch = mkdtempSync(join(tmpdir(), "leasehold-cost-"));
  try {
    return await measure(program, join(scratch, "storage.img"));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

async function measureFirmware({ board, name, role, qemu, memory, hasOwnLoop }: Firmware): Promise<Cost> {
  const { buildFirmware } = await script<Build>("firmware.js");
  const shipped = await buildFirmware(board, name);
  const measured = hasOwnLoop ? null : await buildFirmware(board, name, variant);
  return measureWithStorage({ role, qemu, memory, shipped, measured });
}

/** The board on which lwIP's `dhcp.c` is measured, and the firmware of it whose machine that is. */
const PEER = { board: "mps2-an385", name: "client-aot" };

/** The name of its row. */
export const LWIP_OWN = `${PEER.board}: lwIP's dhcp.c`;

/** lwIP's own client, with the same driver, compiler and flags. */
async function measureLwip({ qemu }: Firmware): Promise<Cost> {
  const { compileProgram, readBoard } = await script<Build>("firmware.js");
  const { thirdParty } = await script<Libraries>("third-party.js");
  const lwip = thirdParty("lwip");
  const client = ["acd", "dhcp"].map((file) => join(lwip.folder, `src/core/ipv4/${file}.c`));
  const elf = join(root, "build/boards", PEER.board, "lwip-dhcp.elf");
  const parts = {
    ours: [
      join(folder, "lwip/main.c"),
      join(folder, "cost.c"),
      join(root, "boards/common/log.c"),
      ...readBoard(PEER.board).sources,
    ],
    theirs: [...lwip.sources, ...client],
    defines: {},
    // The settings and types here come before those of the board that runs Leasehold over lwIP; what is not here is the same for both.
    includes: [folder, join(folder, "lwip"), join(root, "boards/lwip")],
    theirIncludes: lwip.includes,
    libraries: [],
    folder: join(root, "build/boards", PEER.board, "lwip-dhcp"),
  };
  compileProgram(PEER.board, parts, elf);
  return measureWithStorage({ role: "client", qemu, memory: 0, shipped: elf, measured: elf });
}

const clients = firmwareOf("client");
const peerMachine = clients.find(({ board, name }) => board === PEER.board && name === PEER.name)!;

/** All programs: our clients and servers, and lwIP's client beside them. */
export const programs: readonly Program[] = [
  ...[...clients, ...firmwareOf("server")].map((firmware) => ({
    name: titleOf(firmware),
    wanting: () => wantingFor(firmware),
    measure: () => measureFirmware(firmware),
  })),
  {
    name: LWIP_OWN,
    wanting: () => wantingFor({ ...peerMachine, libraries: ["lwip"] }),
    measure: () => measureLwip(peerMachine),
  },
];
