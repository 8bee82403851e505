// `npm run bench`: builds, installs the Debian packages that are measured against (as root), then runs each benchmark of
// tests/bench as a process of its own, one after another. tests/bench/README.md says what each of them measures.
//
//   npm run bench                                     every benchmark
//   npm run bench -- core                             only tests/bench/core.bench.ts
//   npm run bench -- server -- --rivals leasehold,kea --leases 1000 --seconds 2
//                                                     what follows `--` is handed to it

import { spawnSync } from "node:child_process";
import { basename, join } from "node:path";
import { build } from "./build.js";
import { BuildError, filesBelow, root, runCommand, withSystemCommands } from "./common.js";
import { installMissingPackages } from "./packages.js";

await runCommand(async () => {
  const args = process.argv.slice(2);
  const separator = args.indexOf("--");
  const names = separator < 0 ? args : args.slice(0, separator);
  const handed = separator < 0 ? [] : args.slice(separator + 1);
  await build({ variants: ["", "speed"] });
  const suffix = ".bench.js";
  const files = filesBelow(join(root, "build/js/tests/bench")).filter((file) => file.endsWith(suffix));
  const known = files.map((file) => basename(file, suffix));
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new BuildError(`no benchmark ${unknown.join(", ")}; there are: ${known.join(", ")}`);
  installMissingPackages(["bench"]);
  for (const file of files) {
    if (names.length > 0 && !names.includes(basename(file, suffix))) continue;
    const { status } = spawnSync(process.execPath, ["--expose-gc", file, ...handed], {
      cwd: root,
      stdio: "inherit",
      env: withSystemCommands(process.env),
    });
    if (status !== 0) throw new BuildError(`${basename(file, suffix)}: exit code ${status}`);
  }
});
