/**
 * Small files, read and replaced whole.
 */
#ifndef LEASEHOLD_LINUX_FILES_H
#define LEASEHOLD_LINUX_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** Reads a file of at most `size` bytes. @return its length, or -1: errno says why (EFBIG: it is longer) */
ssize_t read_file(const char *path, void *bytes, size_t size);

/**
 * Replaces a file whole, so that nobody reads half of it: written under another name beside it, synced, renamed, its folder synced.
 * @param mode of the new file
 * @return false: errno says why, the old file is as it was
 */
bool replace_file(const char *path, const void *bytes, size_t length, mode_t mode);

/** Syncs the folder that a file lies in: its name is durable then. @return false: errno says why */
bool sync_folder_of(const char *path);

/** Makes a folder and those above it with mode 0700 where they are missing. @return false: errno says why */
bool make_folder(const char *path);

#endif
