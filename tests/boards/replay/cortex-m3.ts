// The replay as a program for a Cortex-M3, emulated: compiled as firmware is, its standard streams are the emulator's.

import { spawnSync } from "node:child_process";
import { boardsFolder, root } from "./native.js";

/** Tools that are needed, each with its Debian package. */
const tools = { "arm-none-eabi-gcc": "gcc-arm-none-eabi", "qemu-system-arm": "qemu-system-arm" };

/** Why no such program can be built and run here, or undefined. */
export function wantedForCortexM3(): string | undefined {
  const wanted = Object.entries(tools).find(([tool]) => spawnSync(tool, ["--version"]).error)?.[1];
  return wanted && `want of a package: ${wanted}`;
}

/** Builds the replay with the compact form, and runs it to its end. @returns the lines it wrote */
export function runOnCortexM3(program: string, defines: Record<string, string>, trace: string): string[] {
  const compiler = [
    ...["-mcpu=cortex-m3", "-mthumb", "--specs=rdimon.specs", "-std=c11", "-Os", "-Wall", "-Wextra", "-Werror"],
    ...["-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", "-T", "tests/boards/replay/cortex-m3.ld"],
    ...["-Ibuild", "-Iboards/common", "-isystem", boardsFolder],
    ...Object.entries(defines).map(([name, value]) => `-D${name}=${value}`),
    ...["tests/boards/replay/cortex-m3.c", "tests/boards/replay/replay.c", "boards/common/engine-aot.c", "-o", program],
  ];
  const built = spawnSync("arm-none-eabi-gcc", compiler, { cwd: root, encoding: "utf8" });
  if (built.status !== 0) throw new Error(`arm-none-eabi-gcc ${compiler.join(" ")}\n${built.stderr}`);
  const machine = ["-M", "mps2-an385", "-nographic", "-monitor", "none", "-serial", "none", "-kernel", program];
  const { status, signal, stdout, stderr } = spawnSync(
    "qemu-system-arm",
    [...machine, "-semihosting-config", "enable=on,target=native"],
    { input: trace, encoding: "utf8", timeout: 120_000 },
  );
  if (status !== 0) throw new Error(`the emulator ended with ${signal ?? status}: ${stderr}`);
  return stdout.trimEnd().split("\n");
}
