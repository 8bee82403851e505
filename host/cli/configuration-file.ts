/**
 * Reads a configuration file for a subcommand, and shows its problems.
 */
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { compileConfiguration, type Compiled, type Configuration } from "../config/compile.js";
import { MOST_CHARACTERS } from "../config/document.js";
import { formatProblem } from "../config/problems.js";
import { UserError } from "../user-error.js";
import { reasonOf } from "../reasons.js";

/** The text of a configuration file; "-" is standard input. @throws {UserError} it can't be read */
export function readConfigurationText(file: string): string {
  try {
    const descriptor = file === "-" ? 0 : openSync(file, "r");
    try {
      if (fstatSync(descriptor).size > 4 * MOST_CHARACTERS)
        throw new UserError(`${file} is too large for a configuration file.`, "Is it the right file?");
      return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(descriptor));
    } finally {
      if (descriptor !== 0) closeSync(descriptor);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
      throw new UserError(`${file} is not a text in UTF-8.`, "Save it as UTF-8. Is it the right file?");
    }
    throw new UserError(
      `The configuration ${file} can't be read: ${reasonOf(error)}.`,
      "Give the path of a configuration file.",
    );
  }
}

/** Compiles a file; its problems are to be shown by the caller. */
export function compileFile(file: string): Compiled {
  return compileConfiguration(readConfigurationText(file), file === "-" ? "standard input" : file);
}

/** Shows problems on standard error, one a line, then how many were left out. */
export function showProblems({ problems, untold }: Compiled): void {
  for (const problem of problems) console.error(formatProblem(problem));
  if (untold > 0) console.error(`... and ${untold} more.`);
}

/** Compiles a file that is to be used: shows its problems, and refuses when there is an error. @throws {UserError} */
export function loadConfiguration(file: string): Configuration {
  const compiled = compileFile(file);
  showProblems(compiled);
  if (compiled.configuration) return compiled.configuration;
  throw new UserError(`The configuration ${file} has ${countErrors(compiled)}.`, "Mend what is listed above.");
}

/** "1 error", "3 errors". */
export function countErrors({ problems, untold }: Compiled): string {
  const count = problems.filter(({ severity }) => severity === "error").length + untold;
  return count === 1 ? "1 error" : `${count} errors`;
}
