/** The user to become, and becoming it. */
#include "privileges.h"

#include "say.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

struct account find_account(const char *name) {
  if (geteuid() != 0) fail("Only root can become the user %s. Start as root, or leave --user out.", name);
  const struct passwd *entry = getpwnam(name);
  if (entry == NULL) fail("There is no user \"%s\". Create it: useradd --system --no-create-home %s", name, name);
  if (entry->pw_uid == 0) fail("The user to become is root. Name one with fewer rights.");
  return (struct account){.name = name, .user = entry->pw_uid, .group = entry->pw_gid};
}

void become_account(const struct account *account) {
  if (setgroups(1, &account->group) != 0 || setgid(account->group) != 0 || setuid(account->user) != 0 ||
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    fail("The rights of root could not be given up for %s: %s.", account->name, strerror(errno));
  if (setuid(0) == 0 || geteuid() != account->user) fail("The rights of root could not be given up for %s.", account->name);
}
