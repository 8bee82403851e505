// The harness that runs other people's programs: what they said last is never lost, however busy the tests are.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { Program } from "./harness/program.js";

/** Blocks the event loop, as the setting up of another lab does. */
function block(seconds: string): void {
  execFileSync("sleep", [seconds]);
}

/**
 * The turn of the event loop that reads the first program's line also learns of its end, and blocks in between: the second
 * program prints and ends meanwhile, so that its end is known in that turn too, before anything of it was read; then the loop is
 * busy again, for longer than outputs are waited for.
 */
test("what a program printed before it ended is read, although the event loop was busy for long", async () => {
  const lines = 2000;
  const first = spawn("echo", ["ready"], { stdio: ["ignore", "pipe", "inherit"] });
  const child = spawn("sh", ["-c", `sleep 0.8; seq ${lines}`], { stdio: ["ignore", "pipe", "pipe"] });
  const second = new Program(child, "seq");
  createInterface({ input: first.stdout }).on("line", () => block("1.5"));
  child.on("exit", () => block("1.5"));
  block("0.4");
  assert.equal(await second.ended, 0);
  assert.equal(second.lines.length, lines);
  assert.equal(second.lines.at(-1), String(lines));
});

test("a program has ended although one that it started holds its outputs and lives on", async () => {
  const child = spawn("sh", ["-c", "sleep 600 & echo $!"], { stdio: ["ignore", "pipe", "pipe"] });
  const program = new Program(child, "sleep");
  assert.equal(await program.ended, 0);
  const [pid] = program.lines;
  process.kill(Number(pid), "SIGKILL"); // throws when it did not outlive the other
});
