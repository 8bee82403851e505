/**
 * The command line: options are a table, from which the line is read and the help printed, so that no option is without its help.
 * Every mistake ends the program with a sentence that says what would be right.
 */
#ifndef LEASEHOLD_LINUX_COMMAND_LINE_H
#define LEASEHOLD_LINUX_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** An option of a program. */
struct option {
  /** As it is typed, without its two hyphens; null ends the table. */
  const char *name;
  /** Stands for the value in the help; null: the option has none. */
  const char *value;
  /** One letter for it, or 0. */
  char letter;
  /** Whether it may stand several times. */
  bool multiple;
  /** A sentence for the help. */
  const char *help;
};

/** What a program is, for its help. */
struct program {
  const char *name;
  /** What follows the name in its first line of help. */
  const char *usage;
  /** A paragraph or two; each line as it is to be shown. */
  const char *description;
  const struct option *options;
};

/** Reads a command line, one word after the other. */
struct command_line {
  const struct program *program;
  char **words;
  int word_count;
  int at;
  /** Bit n: option n has stood here. */
  uint64_t seen;
  /** Whether `--` has stood here: all that follows are no options. */
  bool options_over;
};

/** What `command_line_next` returns beside numbers of options. */
enum {
  COMMAND_LINE_END = -1,
  /** A word that is no option. */
  COMMAND_LINE_WORD = -2,
};

/** Begins to read. `--help` and `--version` are answered by `command_line_next` itself. */
struct command_line command_line_of(const struct program *program, int word_count, char **words);

/**
 * Takes the next option or word.
 * @param value receives the option's value, or the word; null for an option without one
 * @return the option's place in the table, or one of the above
 */
int command_line_next(struct command_line *line, const char **value);

/** An IPv4 address in dotted form, as a number. @param option its name, for the sentence when `text` is none */
uint32_t read_address(const char *option, const char *text);

/** A whole number from `least` to `most`. */
uint32_t read_number(const char *option, const char *text, uint32_t least, uint32_t most);

/** A lease time in seconds: "600", "30m", "12h", "7d" or "infinite". */
uint32_t read_lease_time(const char *option, const char *text);

/**
 * Bytes in hexadecimal, with or without colons.
 * @param bytes receives 2 to 255 of them
 * @return how many
 */
uint8_t read_identifier(const char *option, const char *text, uint8_t bytes[255]);

/** An interface's name: 1 to 15 bytes without a slash or white space. @return `text` */
const char *read_interface_name(const char *text);

#endif
