// `npm start`: builds what is missing, then runs the demonstration (a server and clients over loopback, no root needed).

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "./build.js";
import { root, runCommand } from "./common.js";

await runCommand(async () => {
  await build();
  const main = join(root, "build/js/host/cli/main.js");
  process.argv = [process.execPath, main, "demo", ...process.argv.slice(2)];
  await import(pathToFileURL(main).href);
});
