/**
 * Runs `/bin/sh -c COMMAND` by `boards/linux/run.c` and prints what came of it: `run COMMAND [forget]`. SIGCHLD is ignored before, as a
 * parent may leave it, and with `forget` afterwards too, so that the kernel forgets how children end.
 */
#include "../../../boards/linux/run.h"

#include <signal.h>
#include <stdio.h>

int main(int count, char **arguments) {
  static const char *const words[] = {
      [RUN_EXITED] = "exited",           [RUN_SIGNALLED] = "signalled", [RUN_TOO_LONG] = "too long",
      [RUN_NOT_STARTED] = "not started", [RUN_LOST] = "lost",
  };
  if (count < 2) return 2;
  signal(SIGCHLD, SIG_IGN);
  run_prepare();
  if (count > 2) signal(SIGCHLD, SIG_IGN);
  char *const shell[] = {"sh", "-c", arguments[1], NULL};
  char *const environment[] = {NULL};
  const struct run_result result = run_program("/bin/sh", shell, environment);
  printf("%s %d\n", words[result.what], result.number);
  return 0;
}
