/**
 * Why the system refused a file, in words.
 */

const reasons: Record<string, string> = {
  ENOENT: "there is no such file or folder",
  EACCES: "you may not",
  EPERM: "you may not",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is no folder",
  ENOSPC: "the disk is full",
  EROFS: "the file system is read-only",
};

/** The reason for an error of the system, as a clause. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ""] ?? message;
}
