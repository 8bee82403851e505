/**
 * What the programs say to the person who runs them: one sentence a line, on standard error. How they end: 0 done as asked,
 * 1 it could not be done, 2 the command line is wrong; the same as `leasehold`.
 */
#ifndef LEASEHOLD_LINUX_SAY_H
#define LEASEHOLD_LINUX_SAY_H

#include <stdbool.h>

/** How a program ends, for scripts. */
enum exit_code {
  EXIT_CODE_DONE = 0,
  EXIT_CODE_FAILED = 1,
  EXIT_CODE_USAGE = 2,
};

/** What precedes each line: the program's name, later the interface's. Kept as it is, not copied. */
void say_as(const char *name);

/** Says one sentence; `format` as printf takes it. Bytes that are no printable ASCII are shown as \xNN. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/** Says why it can't be done and what to do, and ends the program with 1. */
__attribute__((format(printf, 1, 2))) _Noreturn void fail(const char *format, ...);

/** Says what is wrong with the command line, and ends the program with 2. */
__attribute__((format(printf, 1, 2))) _Noreturn void fail_usage(const char *format, ...);

/** Has `clean_up` called before `fail` ends the program, once; null: nothing more. */
void before_failing(void (*clean_up)(void));

#endif
