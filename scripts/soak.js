// `npm run soak`: builds, then lets a real server run under loads that take turns, and says whether its memory, its descriptors or its
// latencies grow: exit code 1 if they do, or if an answer was wrong.
//
//   npm run soak                        5 minutes, 50,000 clients
//   npm run soak -- --minutes 30        half an hour; also --clients N

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build } from "./build.js";
import { BuildError, root, runCommand } from "./common.js";

await runCommand(async () => {
  await build();
  const main = join(root, "build/js/tests/soak/main.js");
  const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new BuildError(`soak: exit code ${status}`);
});
