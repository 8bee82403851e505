// What the README says of the code is so: files and figures.

import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readMatrix, SHOWN } from "../interop/matrix.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const readme = readFileSync(`${root}README.md`, "utf8");

test("every file that the README names is there", () => {
  const named = [...readme.matchAll(/`((?:assembly|host|tests|scripts|examples)\/[^` ]*)`/g)].map(([, path]) => path!);
  assert.ok(named.length > 30);
  assert.deepEqual(
    named.filter((path) => !existsSync(root + path)),
    [],
  );
});

test("the sizes of the modules are those that were built, within a fiftieth", () => {
  for (const role of ["client", "server"]) {
    const stated = new RegExp(`\\| \`${role}\\.wasm\` \\| (\\d+) \\|`).exec(readme)?.[1];
    const { size } = statSync(`${root}build/${role}.wasm`);
    assert.ok(Math.abs(size / Number(stated) - 1) < 0.02, `${role}.wasm has ${size} bytes: mend the README's table`);
  }
});

test("the reference of the configuration file is the one that its schema gives", async () => {
  // Loaded by a path that the compiler does not follow: scripts/ is no part of what it builds.
  const script = new URL("../../../../scripts/reference.js", import.meta.url).href;
  const { configurationReference, introduction, page } = (await import(script)) as {
    configurationReference(): string;
    introduction(): string;
    page: string;
  };
  const fresh = introduction() + configurationReference();
  assert.equal(readFileSync(page, "utf8"), fresh, "run: node scripts/reference.js --write");
});

test("the README names every step that was not shown with a peer, and why, and no other", () => {
  const rows = readme.split("\n").filter((line) => /^\| `\w+` \| [\w-]+ \| /.test(line));
  const cells = Object.values(readMatrix()).flatMap((steps) =>
    Object.entries(steps).flatMap(([step, peers]) =>
      Object.entries(peers).map(([peer, word]) => ({ step, peer, word })),
    ),
  );
  const expected = cells
    .filter(({ word }) => word !== SHOWN)
    .map(({ step, peer, word }) => `| \`${step}\` | ${peer} | ${word} |`);
  assert.deepEqual(rows, expected);
  for (const { step } of cells) assert.ok(readme.includes(`\`${step}\``), step);
});
