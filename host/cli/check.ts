/**
 * `leasehold check`: checks a configuration file whole, and says what it would serve.
 */
import { compileFile, countErrors, showProblems } from "./configuration-file.js";
import { type Command, ExitCode, type Invocation } from "./command.js";
import { describeConfiguration } from "./summary.js";

/** The subcommand. */
export const command: Command = {
  name: "check",
  usage: ["FILE [--json]"],
  description: `
Reads the whole file, not just up to the first error. Each problem is one line that names the file, the line and the column, what
is wrong and what would be right. FILE may be - for standard input.

Warnings (a router that lies in a pool, say) do not make the check fail.`,
  options: {
    json: { type: "boolean", doc: "Print one JSON object: valid, problems, and what the file comes to." },
    quiet: { type: "boolean", short: "q", doc: "Print problems only." },
  },
  positionals: [1, 1],
  examples: [["leasehold check /etc/leasehold.jsonc", "Check before a reload."]],
  run,
};

async function run(invocation: Invocation): Promise<ExitCode> {
  const file = invocation.positionals[0]!;
  const compiled = compileFile(file);
  const { configuration, problems, untold } = compiled;
  if (invocation.flag("json")) {
    const summary = configuration && {
      imageBytes: configuration.image.length,
      leases: configuration.limits.leaseCount,
      networks: configuration.names.networks,
      pools: configuration.names.pools,
      reservations: configuration.names.reservations.length,
    };
    console.log(JSON.stringify({ valid: configuration !== null, problems, untold, summary }, null, 2));
  } else {
    showProblems(compiled);
    if (!configuration) console.error(`${file}: ${countErrors(compiled)}.`);
    else if (!invocation.flag("quiet")) for (const line of describeConfiguration(configuration)) console.log(line);
  }
  return configuration ? ExitCode.OK : ExitCode.FAILURE;
}
