/** A child process, and a wait for SIGCHLD with a limit. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include <sys/wait.h>

static sigset_t ends;

void run_prepare(void) {
  // Ignored, as whoever started us may have left it, the kernel would forget how a child ended.
  signal(SIGCHLD, SIG_DFL);
  sigemptyset(&ends);
  sigaddset(&ends, SIGCHLD);
  sigprocmask(SIG_BLOCK, &ends, NULL);
}

/** In the child: becomes the program. What it prints goes to standard error; there is nothing for it to read. */
_Noreturn static void become(const char *path, char *const arguments[], char *const environment[], int failure) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 && chdir("/") == 0)
    execve(path, arguments, environment);
  const int error = errno;
  if (write(failure, &error, sizeof error) < 0) _exit(126);
  _exit(127);
}

/** Waits for the child's end, or kills it when its time is over. */
static struct run_result wait_for(pid_t child) {
  struct timespec now;
  pid_t ended;
  int status;
  clock_gettime(CLOCK_MONOTONIC, &now);
  const time_t end = now.tv_sec + RUN_TIME_LIMIT_SECONDS;
  bool too_long = false;
  while ((ended = waitpid(child, &status, WNOHANG)) == 0) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec >= end && !too_long) {
      too_long = true;
      kill(child, SIGKILL);
    }
    // A second at a time: a signal for another child, or none at all, does no harm.
    const struct timespec second = {.tv_sec = 1};
    sigtimedwait(&ends, NULL, &second);
  }
  if (too_long) return (struct run_result){RUN_TOO_LONG, 0};
  if (ended < 0) return (struct run_result){RUN_LOST, errno};
  if (WIFSIGNALED(status)) return (struct run_result){RUN_SIGNALLED, WTERMSIG(status)};
  return (struct run_result){RUN_EXITED, WEXITSTATUS(status)};
}

struct run_result run_program(const char *path, char *const arguments[], char *const environment[]) {
  int failure[2];
  int error;
  if (pipe2(failure, O_CLOEXEC) != 0) return (struct run_result){RUN_NOT_STARTED, errno};
  const pid_t child = fork();
  if (child == 0) become(path, arguments, environment, failure[1]);
  error = errno;
  close(failure[1]);
  if (child > 0) {
    // The pipe closes when the program has begun; what comes through it before is why it has not.
    const bool failed = read(failure[0], &error, sizeof error) == (ssize_t)sizeof error;
    const struct run_result result = wait_for(child);
    close(failure[0]);
    return failed ? (struct run_result){RUN_NOT_STARTED, error} : result;
  }
  close(failure[0]);
  return (struct run_result){RUN_NOT_STARTED, error};
}
