#!/usr/bin/env node
/**
 * The `leasehold` command: finds the subcommand, parses its command line, runs it, and turns what it throws into an exit code.
 *
 * Each subcommand lives in a file of its own, loaded only when it is used: `leasehold check` needs no system calls, and a
 * platform without them can still compile.
 */
import { readFileSync } from "node:fs";
import { didYouMean } from "../config/suggest.js";
import { reasonOf } from "../reasons.js";
import { UserError } from "../user-error.js";
import { parseCommandLine } from "./arguments.js";
import { type Command, ExitCode, UsageError } from "./command.js";
import { commandHelp, overview } from "./help.js";

/** A subcommand before it is loaded. */
interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** The subcommands, in the order of the help. */
const entries: readonly Entry[] = [
  {
    name: "serve",
    summary: "Serve DHCP: by a configuration file, or one interface's own subnet.",
    load: () => import("./serve.js"),
  },
  { name: "lease", summary: "Be a DHCP client: obtain an address, set it, keep it.", load: () => import("./lease.js") },
  { name: "leases", summary: "Show who has which address.", load: () => import("./leases.js") },
  {
    name: "check",
    summary: "Check a configuration file whole, and say what is wrong.",
    load: () => import("./check.js"),
  },
  { name: "compile", summary: "Compile a configuration file to the core's image.", load: () => import("./compile.js") },
  {
    name: "journal check",
    summary: "Read the stored leases whole, and say what is damaged.",
    load: () => import("./journal-check.js"),
  },
  {
    name: "journal repair",
    summary: "Keep what can still be read of damaged stored leases.",
    load: () => import("./journal-repair.js"),
  },
  {
    name: "load",
    summary: "Load a DHCP server with clients, measure it, and check each answer.",
    load: () => import("./load.js"),
  },
  {
    name: "demo",
    summary: "Watch a server and clients at work on loopback; needs no root.",
    load: () => import("./demo.js"),
  },
];

/** The entry that the first words name, and what follows them. */
function find(args: readonly string[]): { entry: Entry; rest: readonly string[] } {
  const words = args.slice(0, 2);
  for (let count = words.length; count > 0; count--) {
    const entry = entries.find(({ name }) => name === words.slice(0, count).join(" "));
    if (entry) return { entry, rest: args.slice(count) };
  }
  const group = entries.filter(({ name }) => name.startsWith(`${args[0]} `)).map(({ name }) => name);
  if (group.length > 0)
    throw new UsageError(
      `leasehold ${args[0]} lacks what to do.`,
      `There are: leasehold ${group.join(", leasehold ")}.`,
    );
  const known = entries.map(({ name }) => name);
  throw new UsageError(
    `There is no command "${args[0]}".`,
    didYouMean(args[0] ?? "", known, `There are: ${known.join(", ")}.`),
  );
}

function version(): string {
  const file = new URL("../../../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

async function run(args: readonly string[]): Promise<ExitCode> {
  const [first] = args;
  if (first === undefined) {
    console.error(overview(entries));
    return ExitCode.USAGE;
  }
  if (first === "--help" || first === "-h" || (first === "help" && args.length === 1)) {
    console.log(overview(entries));
    return ExitCode.OK;
  }
  if (first === "--version") {
    console.log(`leasehold ${version()}`);
    return ExitCode.OK;
  }
  const { entry, rest } = find(first === "help" ? [...args.slice(1), "--help"] : args);
  const { command } = await entry.load();
  const invocation = parseCommandLine(command, rest);
  if (!invocation.flag("help")) return command.run(invocation);
  console.log(commandHelp(command));
  return ExitCode.OK;
}

/** Shows what went wrong: a user's mistake as its message and advice, a fault of ours with its stack. */
function report(error: unknown): ExitCode {
  if (error instanceof UserError) {
    console.error(`leasehold: ${error.message}${error.advice && `\n${error.advice}`}`);
    return error instanceof UsageError ? ExitCode.USAGE : ExitCode.FAILURE;
  }
  console.error("leasehold: This is a fault of Leasehold itself. Please report it with what follows.");
  console.error(error);
  return ExitCode.FAILURE;
}

/**
 * What can't be printed ends nothing: a server whose ladder nobody reads any more goes on serving. A reader that has seen enough
 * (`leasehold leases | head`) is no fault; a full disk is one, told once.
 */
function outliveReaders(): void {
  let told = false;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || told) return;
    told = true;
    process.exitCode = ExitCode.FAILURE;
    console.error(`leasehold: The output can't be written: ${reasonOf(error)}.`);
  });
  // Where complaints can't be written there is nobody to complain to.
  process.stderr.on("error", () => {});
}

outliveReaders();
const code = await run(process.argv.slice(2)).catch(report);
if (code !== ExitCode.OK) process.exitCode = code;
