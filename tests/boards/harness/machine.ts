/**
 * A board that QEMU plays: powered on, spoken to over its console, and its power cut, which is all that can be done to a board. What
 * its storage holds stays in an image file for the next start.
 */
import { spawn } from "node:child_process";
import { closeSync, existsSync, ftruncateSync, openSync } from "node:fs";
import type { Lab } from "../../interop/harness/lab.js";
import { PATIENCE_MILLISECONDS, Program } from "../../interop/harness/program.js";
import { type ConsoleLine, type Report, readLine, readReport } from "./console.js";
import type { Emulation } from "./firmware.js";

/** What is put together into a machine. */
export interface Parts {
  readonly qemu: Emulation;
  /** Path of the ELF. */
  readonly elf: string;
  /** What the network chip is plugged into, as QEMU's -netdev says it. */
  readonly backend: string;
  readonly mac: string;
  /** Path of the image of what outlives the power; made when there is none. None: the board has an empty one, or none. */
  readonly storage?: string;
  /** More of QEMU's arguments: `["-icount", "shift=4"]` counts instructions. */
  readonly more?: readonly string[];
}

/** What one byte typed on the console does. */
export const Key = { START: "s", RELEASE: "r", RENEW: "n", STOP: "p", REPORT: "?" } as const;

function argumentsOf({ qemu, elf, backend, mac, storage, more = [] }: Parts): string[] {
  const filled: Record<string, string> = { firmware: elf, backend, mac, file: storage ?? "" };
  const fill = (text: string) => text.replaceAll(/\{(\w+)\}/g, (_, name: string) => filled[name] ?? "");
  const kept = storage === undefined ? [] : (qemu.storage?.arguments ?? []);
  const console = ["-display", "none", "-monitor", "none", "-serial", "stdio"];
  return [...qemu.arguments, ...console, ...qemu.network, ...kept].map(fill).concat(more);
}

/** An image of erased storage, unless there is one already. */
function makeStorage({ qemu, storage }: Parts): void {
  if (storage === undefined || existsSync(storage)) return;
  const file = openSync(storage, "wx");
  ftruncateSync(file, qemu.storage?.size ?? 0);
  closeSync(file);
}

/** A machine whose power is on. */
export class Machine {
  readonly #program: Program;

  private constructor(program: Program) {
    this.#program = program;
  }

  /** Powers a machine on in a host of a lab; the lab cuts its power when it closes. */
  static inLab(lab: Lab, host: string, parts: Parts): Machine {
    makeStorage(parts);
    return new Machine(lab.start(host, parts.qemu.program, argumentsOf(parts), {}, "pipe"));
  }

  /** Powers a machine on outside any lab. The caller cuts its power. */
  static alone(parts: Parts): Machine {
    makeStorage(parts);
    const args = argumentsOf(parts);
    const child = spawn(parts.qemu.program, args, { stdio: ["pipe", "pipe", "pipe"] });
    return new Machine(new Program(child, `${parts.qemu.program} ${args.join(" ")}`));
  }

  /** What it said so far. */
  lines(): ConsoleLine[] {
    return this.#program.lines.map(readLine).filter((line) => line !== null);
  }

  /** How much it has said so far: from where on `line` looks for what comes next. */
  mark(): number {
    return this.#program.lines.length;
  }

  /** Waits for a line that matches, from `from` on. */
  async line(pattern: RegExp, from = 0, milliseconds = PATIENCE_MILLISECONDS): Promise<ConsoleLine> {
    const text = await this.#program.line(pattern, from, milliseconds);
    const line = readLine(text);
    if (line === null) throw new Error(`not a line of firmware: ${text}`);
    return line;
  }

  /** Types a byte on its console. */
  press(key: (typeof Key)[keyof typeof Key]): void {
    this.#program.write(key);
  }

  /** Asks it for a report. */
  async report(milliseconds = PATIENCE_MILLISECONDS): Promise<Report> {
    const from = this.mark();
    this.press(Key.REPORT);
    await this.line(/^report end=0/, from, milliseconds);
    const lines = this.#program.lines.slice(from).map(readLine);
    return readReport(lines.filter((line) => line !== null));
  }

  /** Cuts its power. */
  cutPower(): Promise<void> {
    return this.#program.kill();
  }

  /** Everything it said: what a failed test shows. */
  transcript(): string {
    return this.#program.report();
  }

  /** The program, for what knows nothing of machines. */
  get program(): Program {
    return this.#program;
  }
}
