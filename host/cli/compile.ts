/**
 * `leasehold compile`: writes the configuration image that the core maps, for a board's flash or for a look at its size.
 */
import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { UserError } from "../user-error.js";
import { type Command, ExitCode, type Invocation, UsageError } from "./command.js";
import { loadConfiguration } from "./configuration-file.js";
import { plural } from "./summary.js";
import { reasonOf } from "../reasons.js";

/** The subcommand. */
export const command: Command = {
  name: "compile",
  usage: ["FILE -o IMAGE [--json]"],
  description: `
Writes what the protocol core maps: the same bytes serve under Node and in a board's flash. The size is printed. FILE may be -
for standard input. Nothing is written when the file has an error.`,
  options: {
    output: {
      type: "string",
      short: "o",
      value: "IMAGE",
      doc: "The file to write; replaced in one step when it exists.",
    },
    json: { type: "boolean", doc: "Print the sizes and limits as one JSON object." },
  },
  positionals: [1, 1],
  examples: [["leasehold compile lab.jsonc -o lab.image", "Write the image, and print its size."]],
  run,
};

async function run(invocation: Invocation): Promise<ExitCode> {
  const output = invocation.text("output");
  if (output === undefined) throw new UsageError("leasehold compile lacks the file to write.", "Add -o IMAGE.");
  const { image, limits } = loadConfiguration(invocation.positionals[0]!);
  try {
    writeImage(output, image);
  } catch (error) {
    throw new UserError(
      `The image can't be written to ${output}: ${reasonOf(error)}.`,
      "Give a file in a folder that you may write to.",
    );
  }
  const { imageSize: _, ...others } = limits;
  if (invocation.flag("json"))
    console.log(JSON.stringify({ image: output, imageBytes: image.length, limits: others }, null, 2));
  else
    console.log(
      `${output}: ${image.length} bytes, ${plural(limits.leaseCount, "address", "addresses")} in ${plural(limits.poolCount, "pool")}.`,
    );
  return ExitCode.OK;
}

/** Replaces a file in one step; a device or a pipe (/dev/stdout, a flash partition) is written to as it is. */
function writeImage(output: string, image: Uint8Array): void {
  const present = statSync(output, { throwIfNoEntry: false });
  if (present && !present.isFile()) {
    writeFileSync(output, image);
    return;
  }
  const temporary = `${output}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, image, { flag: "wx" });
    renameSync(temporary, output);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
