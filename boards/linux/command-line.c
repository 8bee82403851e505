/** The table of options, applied to the words of a command line. */
#include "command-line.h"

#include "core.h"
#include "say.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Column of the help in which the sentences begin. */
#define HELP_COLUMN 28

struct command_line command_line_of(const struct program *program, int word_count, char **words) {
  return (struct command_line){.program = program, .words = words, .word_count = word_count, .at = 1};
}

static void print_option(const struct option *option) {
  char head[64];
  const char *value = option->value == NULL ? "" : option->value;
  snprintf(head, sizeof head, "  %s%c%s--%s%s%s", option->letter ? "-" : "", option->letter ? option->letter : ' ',
           option->letter ? ", " : "   ", option->name, option->value ? " " : "", value);
  printf("%-*s %s\n", HELP_COLUMN, head, option->help);
}

_Noreturn static void print_help(const struct program *program) {
  static const struct option common[] = {
      {.name = "help", .letter = 'h', .help = "Show this help."},
      {.name = "version", .help = "Show the version."},
  };
  printf("Usage: %s %s\n\n%s\n\nOptions:\n", program->name, program->usage, program->description);
  for (const struct option *option = program->options; option->name != NULL; option++) print_option(option);
  for (size_t index = 0; index < sizeof common / sizeof common[0]; index++) print_option(&common[index]);
  exit(EXIT_CODE_DONE);
}

/** Whether `word`, up to its `=`, is the option's name. */
static bool names(const struct option *option, const char *word, size_t length) {
  return strlen(option->name) == length && strncmp(option->name, word, length) == 0;
}

/** The option's place in the table. @param word behind its hyphens @param length of the name in it */
static int find(const struct command_line *line, const char *word, size_t length, bool is_letter) {
  const struct option *options = line->program->options;
  for (int index = 0; options[index].name != NULL; index++) {
    if (is_letter ? options[index].letter != 0 && options[index].letter == word[0] : names(&options[index], word, length))
      return index;
  }
  fail_usage("There is no option %s. `%s --help` lists those there are.", line->words[line->at - 1], line->program->name);
}

static int take_option(struct command_line *line, const char *word, const char **value) {
  const bool is_letter = word[1] != '-';
  const char *name = word + (is_letter ? 1 : 2);
  const char *equals = is_letter ? NULL : strchr(name, '=');
  const size_t length = equals == NULL ? strlen(name) : (size_t)(equals - name);
  if (is_letter && length != 1) fail_usage("%s: write one letter after one hyphen, or two hyphens.", word);
  if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) print_help(line->program);
  if (strcmp(word, "--version") == 0) {
    printf("%s %s\n", line->program->name, LEASEHOLD_VERSION);
    exit(EXIT_CODE_DONE);
  }
  const int index = find(line, name, length, is_letter);
  const struct option *option = &line->program->options[index];
  if ((line->seen >> index & 1) != 0 && !option->multiple) fail_usage("--%s stands here twice. Keep one.", option->name);
  line->seen |= 1ull << index;
  *value = equals == NULL ? NULL : equals + 1;
  if (option->value == NULL && equals != NULL) fail_usage("--%s takes no value.", option->name);
  if (option->value != NULL && equals == NULL) {
    if (line->at == line->word_count) fail_usage("--%s lacks its value: --%s %s.", option->name, option->name, option->value);
    *value = line->words[line->at++];
  }
  return index;
}

int command_line_next(struct command_line *line, const char **value) {
  *value = NULL;
  if (line->at == line->word_count) return COMMAND_LINE_END;
  const char *word = line->words[line->at++];
  if (line->options_over || word[0] != '-' || word[1] == 0) {
    *value = word;
    return COMMAND_LINE_WORD;
  }
  if (strcmp(word, "--") != 0) return take_option(line, word, value);
  line->options_over = true;
  return command_line_next(line, value);
}

uint32_t read_address(const char *option, const char *text) {
  struct in_addr address;
  if (inet_pton(AF_INET, text, &address) != 1)
    fail_usage("--%s: \"%s\" is no IPv4 address. Write it like 192.0.2.10.", option, text);
  return ntohl(address.s_addr);
}

/** Decimal digits up to `end`; false: none, or more than 32 bits. */
static bool read_digits(const char *text, const char *end, uint64_t *value) {
  *value = 0;
  if (text == end) return false;
  for (; text < end; text++) {
    if (*text < '0' || *text > '9') return false;
    *value = *value * 10 + (uint64_t)(*text - '0');
    if (*value > UINT32_MAX) return false;
  }
  return true;
}

uint32_t read_number(const char *option, const char *text, uint32_t least, uint32_t most) {
  uint64_t value;
  if (!read_digits(text, text + strlen(text), &value) || value < least || value > most)
    fail_usage("--%s: \"%s\" is no whole number from %u to %u.", option, text, least, most);
  return (uint32_t)value;
}

uint32_t read_lease_time(const char *option, const char *text) {
  if (strcmp(text, "infinite") == 0) return LEASEHOLD_INFINITE_SECONDS;
  static const struct {
    char letter;
    uint32_t seconds;
  } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
  const char *end = text + strlen(text);
  uint64_t factor = 1;
  for (size_t index = 0; index < sizeof units / sizeof units[0]; index++) {
    if (end == text || end[-1] != units[index].letter) continue;
    factor = units[index].seconds;
    end--;
    break;
  }
  uint64_t value;
  if (!read_digits(text, end, &value) || value == 0 || value * factor >= LEASEHOLD_INFINITE_SECONDS)
    fail_usage("--%s: \"%s\" is no time. Write seconds, or 30m, 12h, 7d, infinite.", option, text);
  return (uint32_t)(value * factor);
}

static int digit_of(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  const char lower = (char)(letter | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

uint8_t read_identifier(const char *option, const char *text, uint8_t bytes[255]) {
  size_t digits = 0;
  bool fits = true;
  for (const char *at = text; *at != 0 && fits; at++) {
    if (*at == ':') continue;
    const int digit = digit_of(*at);
    fits = digit >= 0 && digits < 2 * 255;
    if (!fits) break;
    bytes[digits / 2] = (uint8_t)(digits % 2 == 0 ? digit << 4 : bytes[digits / 2] | digit);
    digits++;
  }
  if (!fits || digits % 2 != 0 || digits < 4)
    fail_usage("--%s: \"%s\" is no identifier. Write 2 to 255 bytes in hexadecimal: 01:02:00:00:00:00:01.", option, text);
  return (uint8_t)(digits / 2);
}

const char *read_interface_name(const char *text) {
  const size_t length = strlen(text);
  if (length == 0 || length >= IF_NAMESIZE || strpbrk(text, "/ \t\n\v\f\r") != NULL)
    fail_usage("\"%s\" cannot be an interface's name.", text);
  return text;
}
