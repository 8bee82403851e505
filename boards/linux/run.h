/**
 * Runs another program: by its path and an argument vector, with an environment of its own, a time limit, and never a shell.
 */
#ifndef LEASEHOLD_LINUX_RUN_H
#define LEASEHOLD_LINUX_RUN_H

/** How long a program may take, in seconds; then it is killed. */
#define RUN_TIME_LIMIT_SECONDS 30

/** What came of a program. */
struct run_result {
  enum {
    /** It ended; `number` is its exit code. */
    RUN_EXITED,
    /** A signal ended it; `number` is the signal. */
    RUN_SIGNALLED,
    /** It took too long. */
    RUN_TOO_LONG,
    /** It could not be started; `number` is the error. */
    RUN_NOT_STARTED,
    /** It has ended, and nobody knows how; `number` is the error. */
    RUN_LOST,
  } what;
  int number;
};

/** To be called before the first `run_program`: its end is waited for by a signal that nobody else may take. */
void run_prepare(void);

/**
 * Runs a program to its end.
 * @param arguments with its name first, a null pointer last
 * @param environment "NAME=value" each, a null pointer last
 */
struct run_result run_program(const char *path, char *const arguments[], char *const environment[]);

#endif
