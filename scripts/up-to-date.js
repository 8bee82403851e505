// Makes a file again only when what it is made of has changed: its command, or the contents of what that read, as a stamp beside the
// file says.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { writeWhole } from "./common.js";

/** @param {string} command @param {string[]} inputs */
function digest(command, inputs) {
  const hash = createHash("sha256").update(command);
  for (const input of inputs) {
    hash.update(`\0${input}\0`);
    if (existsSync(input)) hash.update(readFileSync(input));
  }
  return hash.digest("hex");
}

/**
 * Makes a file, unless it is up to date.
 * @param {string} file absolute path
 * @param {string} command everything that decides what is made of the inputs
 * @param {() => string[]} inputs absolute paths of what was read; asked before and after the file is made
 * @param {() => void} make
 */
export function keepUpToDate(file, command, inputs, make) {
  const stamp = `${file}.stamp`;
  if (existsSync(file) && existsSync(stamp) && readFileSync(stamp, "utf8") === digest(command, inputs())) return;
  rmSync(stamp, { force: true });
  make();
  writeWhole(stamp, digest(command, inputs()));
}

/**
 * What a compiler has read, as it says in the rule for make that `-MD` writes.
 * @param {string} rule path of that rule
 * @returns {string[]} nothing before it is written
 */
export function readInputs(rule) {
  if (!existsSync(rule)) return [];
  const [, inputs = ""] = readFileSync(rule, "utf8")
    .replaceAll("\\\n", " ")
    .split(/:\s(.*)/s);
  return inputs.trim().split(/\s+/);
}
