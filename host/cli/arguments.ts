/**
 * Parses a command line by a subcommand's table of options, and says what is wrong in it, with the nearest word that is right.
 */
import { parseArgs } from "node:util";
import { didYouMean } from "../config/suggest.js";
import { type Command, helpOption, Invocation, type OptionSpec, UsageError } from "./command.js";

/** Parses what follows the name of `command`. @throws {UsageError} */
export function parseCommandLine(command: Command, args: readonly string[]): Invocation {
  const specs: Record<string, OptionSpec> = { help: helpOption, ...command.options };
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { type, short }]) => [name, { type, ...(short !== undefined && { short }) }]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const values = new Map<string, (string | true)[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
    if (!spec) throw unknownOption(command, token.name, token.rawName, specs);
    const value = checkValue(command, token.rawName, spec, token.value);
    const earlier = values.get(token.name);
    if (earlier && spec.type === "string" && !spec.multiple) {
      throw new UsageError(`The option ${token.rawName} stands here twice.`, "Keep one of them.");
    }
    values.set(token.name, [...(earlier ?? []), value]);
  }
  if (!values.has("help")) checkPositionals(command, positionals);
  return new Invocation(values, positionals);
}

function help(command: Command): string {
  return `See: leasehold ${command.name} --help`;
}

function unknownOption(command: Command, name: string, rawName: string, specs: Record<string, OptionSpec>): UsageError {
  const advice = didYouMean(name, Object.keys(specs), "").replace(/"(.+)"/, "--$1");
  return new UsageError(
    `leasehold ${command.name} has no option ${rawName}.`,
    [advice, help(command)].filter(Boolean).join(" "),
  );
}

function checkValue(command: Command, rawName: string, spec: OptionSpec, value: string | undefined): string | true {
  if (spec.type === "boolean") {
    if (value === undefined) return true;
    throw new UsageError(`The option ${rawName} takes no value.`, `Write ${rawName} alone.`);
  }
  if (value === undefined || value === "") {
    throw new UsageError(
      `The option ${rawName} lacks its value.`,
      `Write ${rawName} ${spec.value ?? "VALUE"}. ${help(command)}`,
    );
  }
  return value;
}

function checkPositionals(command: Command, positionals: readonly string[]): void {
  const [least, most] = command.positionals;
  if (positionals.length > most) {
    throw new UsageError(
      `leasehold ${command.name} does not take "${positionals[most]}".`,
      `Usage: leasehold ${command.name} ${command.usage[0]}`,
    );
  }
  if (positionals.length < least) {
    throw new UsageError(
      `leasehold ${command.name} lacks an argument.`,
      `Usage: leasehold ${command.name} ${command.usage[0]}`,
    );
  }
}
