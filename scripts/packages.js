// Installs the Debian packages that suites need, when run as root; packages.json lists them by suite.
//
// Without root, or where there is no apt, nothing is installed: the tests concerned skip and say which package they want.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./common.js";

/** While this file says 101, Debian's packages start no service when they are installed. */
const policyFile = "/usr/sbin/policy-rc.d";

/** @param {string} name */
function isInstalled(name) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholder
  const { stdout } = spawnSync("dpkg-query", ["-W", "-f", "${db:Status-Status}", name], { encoding: "utf8" });
  return stdout === "installed";
}

/**
 * @param {string[]} args
 * @returns {boolean} whether apt-get succeeded
 */
function aptGet(args) {
  const { status, stderr } = spawnSync("apt-get", args, {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  if (status !== 0) console.log(`apt-get ${args.join(" ")}: ${stderr.trim()}`);
  return status === 0;
}

/**
 * Installs what is missing for some suites.
 * @param {string[]} suites by name
 */
export function installMissingPackages(suites) {
  /** @type {Record<string, string[]>} */
  const packages = JSON.parse(readFileSync(join(root, "scripts/packages.json"), "utf8"));
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return;
  const missing = [...new Set(suites.flatMap((suite) => packages[suite] ?? []))].filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  console.log(`installing ${missing.join(" ")}`);
  const guarded = existsSync(policyFile);
  if (!guarded) {
    writeFileSync(policyFile, "#!/bin/sh\nexit 101\n");
    chmodSync(policyFile, 0o755);
  }
  try {
    const install = ["install", "--yes", "--no-install-recommends", ...missing];
    if (!aptGet(install)) {
      aptGet(["update"]);
      aptGet(install);
    }
  } finally {
    if (!guarded) rmSync(policyFile, { force: true });
  }
}
