/**
 * Gives up root once the sockets are open: groups, group, then user, for good and for every thread of the process (the C library's own
 * calls see to that; calls to the kernel by hand would change one thread only).
 */
import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { UserError } from "../user-error.js";
import { reasonOf } from "../reasons.js";

/** A user by numbers. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Looks up a user, and a group where another one is wanted. @throws {UserError} there is none, or we are not root */
export function findAccount(user: string, group: string | null): Account {
  if (process.geteuid?.() !== 0) {
    throw new UserError(`Only root can become the user ${user}.`, "Start as root, or leave the user out.");
  }
  const uid = ask(
    ["-u", "--", user],
    `There is no user "${user}".`,
    `Create it: useradd --system --no-create-home ${user}`,
  );
  const gid = group === null ? ask(["-g", "--", user], `The user "${user}" has no group.`, "") : groupNumber(group);
  if (uid === 0) throw new UserError("The user to become is root.", "Name one with fewer rights.");
  return { name: user, uid, gid };
}

function ask(args: readonly string[], message: string, advice: string): number {
  try {
    return Number(execFileSync("id", [...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
  } catch (cause) {
    throw new UserError(message, advice, { cause });
  }
}

function groupNumber(group: string): number {
  try {
    const line = execFileSync("getent", ["group", group], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return Number(line.split(":")[2]);
  } catch (cause) {
    throw new UserError(`There is no group "${group}".`, `Create it: groupadd --system ${group}`, { cause });
  }
}

/**
 * Makes a folder the account's own where only root can: one that is missing, or one that is empty and still root's, as an administrator or
 * systemd's StateDirectory leaves it. What already holds something is nobody's to give away.
 */
export function prepareFolderFor({ uid, gid }: Account, folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (statSync(folder).uid === 0 && readdirSync(folder).length === 0) chownSync(folder, uid, gid);
  } catch (cause) {
    const message = `The folder ${folder} can't be made ready: ${reasonOf(cause)}.`;
    throw new UserError(message, "Name another with --state.", { cause });
  }
}

/** Becomes the account, with no way back. */
export function becomeAccount({ name, uid, gid }: Account): void {
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  let isRootAgain = true;
  try {
    process.setuid?.(0);
  } catch {
    isRootAgain = false;
  }
  if (isRootAgain || process.geteuid?.() !== uid)
    throw new UserError(`The rights of root could not be given up for ${name}.`);
}
