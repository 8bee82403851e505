// `npm run cost`: builds every firmware, measures what it takes, and writes that into boards/README.md.
//
//   npm run cost                  measures and writes
//   npm run cost -- lwip          only programs whose name begins so; the others keep their rows
//   npm run cost -- --check       measures, and fails when the page says something else
//
// How it is measured is in tests/boards/cost. What can't be built here keeps the row that it has.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "./build.js";
import { BuildError, root, runCommand } from "./common.js";

/** @import { Cost } from "../tests/boards/cost/measure.js" */

await runCommand(async () => {
  await build();
  const load = (/** @type {string} */ file) =>
    import(pathToFileURL(join(root, "build/js/tests/boards/cost", file)).href);
  const { programs } = /** @type {typeof import("../tests/boards/cost/programs.js")} */ (await load("programs.js"));
  const { findings, writePage } = /** @type {typeof import("../tests/boards/cost/table.js")} */ (
    await load("table.js")
  );
  const costs = /** @type {Map<string, Cost>} */ (new Map());
  const named = process.argv.slice(2).filter((word) => word !== "--check");
  const unknown = named.find((word) => !programs.some(({ name }) => name.startsWith(word)));
  if (unknown) throw new BuildError(`no program ${unknown}; there are: ${programs.map(({ name }) => name).join(", ")}`);
  const wanted = programs.filter(({ name }) => named.length === 0 || named.some((word) => name.startsWith(word)));
  for (const { name, wanting, measure } of wanted) {
    const want = await wanting();
    console.log(want ? `${name}: left as it is for ${want}` : `${name}: measuring`);
    if (!want) costs.set(name, await measure());
  }
  if (process.argv.includes("--check")) {
    const found = [...costs].flatMap(([name, cost]) => findings(name, cost));
    if (found.length > 0) throw new BuildError([...found, "run: npm run cost"].join("\n"));
    return;
  }
  writePage(
    programs.map(({ name }) => name),
    costs,
  );
});
