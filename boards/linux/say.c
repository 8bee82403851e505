/** Sentences on standard error, escaped as a whole: a name or a path may hold anything. */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/** Bytes of the longest line, its end and escapes included; more is cut off. */
#define LINE_SIZE 1024

static const char *speaker = "leasehold";
static void (*last_act)(void);

void say_as(const char *name) { speaker = name; }

void before_failing(void (*clean_up)(void)) { last_act = clean_up; }

/** Appends one byte as it may be shown; returns the new length. */
static size_t append(char *line, size_t length, unsigned char byte) {
  static const char digits[] = "0123456789abcdef";
  if (length + 5 > LINE_SIZE) return length;
  if (byte >= 0x20 && byte < 0x7f) {
    line[length++] = (char)byte;
    return length;
  }
  const char escaped[] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
  for (size_t at = 0; at < sizeof escaped; at++) line[length++] = escaped[at];
  return length;
}

static void say_list(const char *format, va_list list) {
  char text[LINE_SIZE];
  char line[LINE_SIZE];
  size_t length = 0;
  vsnprintf(text, sizeof text, format, list);
  for (const char *byte = speaker; *byte != 0; byte++) length = append(line, length, (unsigned char)*byte);
  length = append(line, append(line, length, ':'), ' ');
  for (const char *byte = text; *byte != 0; byte++) length = append(line, length, (unsigned char)*byte);
  line[length++] = '\n';
  // One write a line, so that lines of several programs do not mix. Where nobody reads them there is nobody to tell.
  if (write(STDERR_FILENO, line, length) < 0) return;
}

void say(const char *format, ...) {
  va_list list;
  va_start(list, format);
  say_list(format, list);
  va_end(list);
}

void fail(const char *format, ...) {
  va_list list;
  va_start(list, format);
  say_list(format, list);
  va_end(list);
  void (*clean_up)(void) = last_act;
  last_act = NULL;
  if (clean_up != NULL) clean_up();
  exit(EXIT_CODE_FAILED);
}

void fail_usage(const char *format, ...) {
  va_list list;
  va_start(list, format);
  say_list(format, list);
  va_end(list);
  exit(EXIT_CODE_USAGE);
}
