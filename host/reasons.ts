/**
 * Why the system refused a file, in words.
 */

const reasons: Record<string, string> = {
  ENOENT: "there is no such file or folder",
  EACCES: "you may not",
  EPERM: "you may not",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is no folder",
  EEXIST: "something of that name is there already",
  ENOTEMPTY: "it is not empty",
  ELOOP: "its links go round in a circle",
  ENAMETOOLONG: "its name is too long",
  EIO: "the disk failed",
  EDQUOT: "the quota is used up",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ENOSPC: "the disk is full",
  EROFS: "the file system is read-only",
};

/** The reason for an error of the system, as a clause. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ""] ?? message;
}
