/**
 * Gives up root once the sockets are open: groups, group, then user, for good.
 */
#ifndef LEASEHOLD_LINUX_PRIVILEGES_H
#define LEASEHOLD_LINUX_PRIVILEGES_H

#include <sys/types.h>

/** A user by numbers. */
struct account {
  const char *name;
  uid_t user;
  gid_t group;
};

/** Looks up a user; ends the program where there is none, where it is root, or where we are not. */
struct account find_account(const char *name);

/** Becomes the account, with no way back. */
void become_account(const struct account *account);

#endif
