// A small disk of a test's own: an ext4 image on a loop device, mounted in the lab's folder.
//
// What a run that was killed left mounted is unmounted by the next one: a mount point's name holds the pid of its maker.

import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import { basename, join } from "node:path";
import type { Lab } from "../interop/harness/lab.js";

/** Debian packages that it needs, by a command of each. */
export const DISK_PACKAGES = { "mkfs.ext4": "e2fsprogs", mount: "mount" } as const;

/** Bytes that the filler takes at a time, from the largest to the smallest. */
const FILLER_SLICES = [1 << 20, 4096] as const;

/** What e2fsck ends with when it has put something right. */
const E2FSCK_CORRECTED = 1;

/** A mount point of a small disk, as the kernel lists it: the pid of its maker is in it. */
const MOUNT_POINT = /\/leasehold-lab-\w+\/disk-(\d+)$/;

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"] });
}

/** Unmounts the disks of makers that are gone. */
function unmountLeftovers(): void {
  for (const line of fs.readFileSync("/proc/mounts", "utf8").split("\n")) {
    const point = line.split(" ")[1] ?? "";
    const maker = MOUNT_POINT.exec(point)?.[1];
    if (maker !== undefined && !fs.existsSync(`/proc/${maker}`)) run("umount", point);
  }
}

/** The disk. */
export class SmallDisk {
  readonly #image: string;
  /** Where it is mounted. */
  readonly folder: string;
  #device = "";

  private constructor(lab: Lab, megabytes: number) {
    this.#image = join(lab.folder, "disk.img");
    this.folder = join(lab.folder, `disk-${process.pid}`);
    fs.mkdirSync(this.folder);
    fs.writeFileSync(this.#image, "");
    fs.truncateSync(this.#image, megabytes << 20);
    run("mkfs.ext4", "-q", "-F", "-m", "0", this.#image);
    this.#mount();
  }

  /** Runs `body` with a disk of so many MiB, and unmounts it whatever happens, once `lab`'s programs have ended. */
  static async use(lab: Lab, megabytes: number, body: (disk: SmallDisk) => Promise<void>): Promise<void> {
    unmountLeftovers();
    const disk = new SmallDisk(lab, megabytes);
    try {
      await body(disk);
    } finally {
      await lab.endPrograms();
      disk.#unmount();
    }
  }

  #mount(): void {
    run("mount", "-o", "loop,errors=remount-ro", this.#image, this.folder);
    const listed = fs.readFileSync("/proc/mounts", "utf8").split("\n");
    this.#device = basename(listed.find((line) => line.split(" ")[1] === this.folder)?.split(" ")[0] ?? "");
  }

  #unmount(): void {
    if (this.#device !== "") run("umount", this.folder);
    this.#device = "";
  }

  /** Leaves no room on it, or so many MiB. */
  fill(leftMegabytes = 0): void {
    const filler = fs.openSync(this.#filler, "a");
    try {
      for (const slice of FILLER_SLICES) this.#writeWhileThereIsRoom(filler, new Uint8Array(slice));
      fs.ftruncateSync(filler, fs.fstatSync(filler).size - (leftMegabytes << 20));
    } finally {
      fs.closeSync(filler);
    }
  }

  #writeWhileThereIsRoom(file: number, slice: Uint8Array): void {
    for (;;) {
      try {
        fs.writeSync(file, slice);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        return;
      }
    }
  }

  /** Gives back what `fill` took. */
  free(): void {
    fs.unlinkSync(this.#filler);
  }

  get #filler(): string {
    return join(this.folder, "filler");
  }

  /** Remounts it by hand; the kernel refuses "ro" while a file is open for writing. */
  remount(access: "ro" | "rw"): void {
    run("mount", "-o", `remount,${access}`, this.folder);
  }

  /** Lets the kernel meet an error in the file system, upon which it makes it read-only for good. */
  fail(): void {
    fs.writeFileSync(`/sys/fs/ext4/${this.#device}/trigger_fs_error`, "a test");
  }

  /** What an administrator does then: unmounted, checked and mounted again. Nothing may be open on it. */
  mend(): void {
    this.#unmount();
    const { status, stdout } = spawnSync("e2fsck", ["-f", "-y", this.#image], { encoding: "utf8" });
    if (status !== 0 && status !== E2FSCK_CORRECTED) throw new Error(`e2fsck ended with ${status}: ${stdout}`);
    this.#mount();
  }

  /** Forbids or allows any change in a folder and of its files, whoever has them open. */
  freeze(folder: string, frozen: boolean): void {
    const files = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
    run("chattr", frozen ? "+i" : "-i", folder, ...files.map(({ name }) => join(folder, name)));
  }
}
