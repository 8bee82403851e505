/**
 * Programs that insist on paths of the system (their leases below /var/lib, their sockets below /run) get a mount namespace of
 * their own, in which folders of the lab lie over these paths.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** What a program is to see. */
export interface Mounts {
  /** Folders below `folder`, by the path over which each is laid. */
  readonly folders: Readonly<Record<string, string>>;
  /** Whether /sys is read-only: what tells udev's clients that there is no udev. */
  readonly sysReadOnly?: boolean;
}

/** The command that runs `command` so. Missing folders are made. */
export function withMounts(
  folder: string,
  mounts: Mounts,
  command: readonly string[],
): { readonly command: string; readonly args: string[] } {
  const steps = Object.entries(mounts.folders).map(([path, name]) => {
    const source = join(folder, name);
    mkdirSync(source, { recursive: true });
    mkdirSync(path, { recursive: true });
    return `mount --bind '${source}' '${path}'`;
  });
  if (mounts.sysReadOnly) steps.push("mount -o remount,ro /sys");
  const script = [...steps, 'exec "$@"'].join(" && ");
  return { command: "unshare", args: ["--mount", "sh", "-c", script, "sh", ...command] };
}
