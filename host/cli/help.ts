/**
 * The texts of `--help`, made of the subcommands' own tables.
 */
import { type Command, helpOption, type OptionSpec } from "./command.js";

/** Widest line of help, in characters. */
const WIDTH = 96;

/** Breaks a text into lines of at most `WIDTH`, each after `indent` blanks. */
function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => " ".repeat(indent) + each);
}

/** Two columns: what is typed, what it does. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const left = Math.min(Math.max(...rows.map(([typed]) => typed.length)), 30);
  return rows.flatMap(([typed, does]) => {
    const text = wrap(does, left + 4);
    const head = `  ${typed.padEnd(left)}`;
    if (typed.length > left) return [head, ...text];
    return [`${head}  ${text[0]!.trimStart()}`, ...text.slice(1)];
  });
}

function optionRow([name, { short, value, doc }]: readonly [string, OptionSpec]): readonly [string, string] {
  return [`${short ? `-${short}, ` : "    "}--${name}${value ? ` ${value}` : ""}`, doc];
}

/** The help of one subcommand. */
export function commandHelp(command: Command): string {
  const { name, usage, description, options, examples } = command;
  const lines = usage.map((form, index) => `${index === 0 ? "Usage: " : "       "}leasehold ${name} ${form}`.trimEnd());
  for (const paragraph of description.trim().split(/\n\s*\n/)) lines.push("", ...wrap(paragraph.trim(), 0));
  lines.push("", "Options:", ...columns([...Object.entries(options), ["help", helpOption] as const].map(optionRow)));
  if (examples) lines.push("", "Examples:", ...examples.flatMap(([line, does]) => [`  ${line}`, ...wrap(does, 6)]));
  lines.push("", "Exit codes: 0 done; 1 it could not be done; 2 the command line is wrong.");
  return lines.join("\n");
}

/** The help of `leasehold` itself. */
export function overview(commands: readonly { readonly name: string; readonly summary: string }[]): string {
  return [
    "Usage: leasehold COMMAND [options]",
    "",
    "A DHCPv4 server and client around one protocol core.",
    "",
    "Commands:",
    ...columns(commands.map(({ name, summary }) => [name, summary] as const)),
    "",
    "`leasehold COMMAND --help` says more. `leasehold --version` shows the version.",
    "",
    "Exit codes: 0 done; 1 it could not be done; 2 the command line is wrong.",
  ].join("\n");
}
