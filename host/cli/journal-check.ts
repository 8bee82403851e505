/**
 * `leasehold journal check`: reads a server's journal whole and says what is damaged. Changes nothing.
 */
import { DEFAULT_STATE } from "../config/compile.js";
import { checkJournal } from "../store/check.js";
import { type Command, ExitCode, type Invocation } from "./command.js";
import { describeJournal } from "./journal-report.js";

/** The subcommand. */
export const command: Command = {
  name: "journal check",
  usage: ["[DIR] [--json]"],
  description: `
Reads everything that a server keeps in its state folder DIR (${DEFAULT_STATE} when left out), verifies every checksum and
changes nothing. The server must be stopped. It ends with exit code 1 when something is damaged.

The remains of an append that a crash cut short are no damage: nothing was promised by them, and the next start cuts them.`,
  options: { json: { type: "boolean", doc: "Print one JSON object." } },
  positionals: [0, 1],
  examples: [["leasehold journal check", "Check what the server of this machine keeps."]],
  run,
};

async function run(invocation: Invocation): Promise<ExitCode> {
  const report = await checkJournal(invocation.positionals[0] ?? DEFAULT_STATE);
  const intact = report.damages.length === 0;
  if (invocation.flag("json")) console.log(JSON.stringify({ intact, ...report }, null, 2));
  else {
    for (const line of describeJournal(report)) console.log(line);
    if (!intact) console.log(`To keep what is intact: leasehold journal repair ${report.folder}`);
  }
  return intact ? ExitCode.OK : ExitCode.FAILURE;
}
