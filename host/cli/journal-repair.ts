/**
 * `leasehold journal repair`: makes a damaged journal one that a server starts with. Shows what is lost before it is lost, and asks
 * for a word (`--yes`) before it does anything.
 */
import { DEFAULT_STATE } from "../config/compile.js";
import { checkJournal } from "../store/check.js";
import { repairJournal } from "../store/repair.js";
import { type Command, ExitCode, type Invocation } from "./command.js";
import { describeJournal, describeLoss } from "./journal-report.js";

/** The subcommand. */
export const command: Command = {
  name: "journal repair",
  usage: ["[DIR] [--yes]"],
  description: `
Without --yes it says what would be kept and what is lost, and changes nothing. With --yes it writes everything that can still be
read into a new snapshot, and moves the former files, as they are, into a folder damaged-TIME in the state folder DIR
(${DEFAULT_STATE} when left out). The server must be stopped; run it as the server's user.

What is lost are the last changes of some addresses: such an address is as it was before, and may be given to somebody else
while its holder still uses it. Probes before offers (the setting "probe") guard against that.`,
  options: { yes: { type: "boolean", doc: "Do it." } },
  positionals: [0, 1],
  examples: [
    ["leasehold journal repair", "Show what would be kept and lost."],
    ["leasehold journal repair --yes", "Repair, and keep a copy of the former files."],
  ],
  run,
};

async function run(invocation: Invocation): Promise<ExitCode> {
  const folder = invocation.positionals[0] ?? DEFAULT_STATE;
  if (invocation.flag("yes")) {
    const { before, movedTo } = await repairJournal(folder);
    for (const line of describeJournal(before)) console.log(line);
    if (movedTo !== null) console.log(`${describeLoss(before)}\nRepaired. The former files are in ${movedTo}.`);
    return ExitCode.OK;
  }
  const report = await checkJournal(folder);
  for (const line of describeJournal(report)) console.log(line);
  if (report.damages.length === 0) return ExitCode.OK;
  console.log(`${describeLoss(report)}\nNothing was changed. To do it: leasehold journal repair ${folder} --yes`);
  return ExitCode.FAILURE;
}
