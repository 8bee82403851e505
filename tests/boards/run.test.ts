// How the programs for Linux run another program (`boards/linux/run.c`), natively and with the sanitizers.

import assert from "node:assert/strict";
import { constants } from "node:os";
import { test } from "node:test";
import { buildProgram, runProgram, skip } from "./modules/programs.js";

let built: string | undefined;

/** What comes of a command. */
function run(...args: string[]): string[] {
  const sources = ["tests/boards/run/run.c", "boards/linux/run.c"];
  built ??= buildProgram("run", sources, { _GNU_SOURCE: "" });
  return runProgram(built, args);
}

test("a program's exit code and its signal are known, also where the parent had SIGCHLD ignored", { skip }, () => {
  assert.deepEqual(run("exit 7"), ["exited 7"]);
  assert.deepEqual(run("kill -TERM $$"), [`signalled ${constants.signals.SIGTERM}`]);
});

test("an end that the kernel has forgotten is said to be lost, and passes for no success", { skip }, () => {
  assert.deepEqual(run("exit 0", "forget"), [`lost ${constants.errno.ECHILD}`]);
});
