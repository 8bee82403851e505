/** A line of text, put together in one buffer. */
#include "log.h"

#include "port.h"

/** Bytes of the longest line, its end included. */
#define LINE_SIZE 96

/** Decimal digits of a u32. */
#define DIGIT_COUNT 10

static char line[LINE_SIZE];
static uint32_t length;

static void put(char character) {
  if (length < LINE_SIZE - 1) line[length++] = character;
}

static void put_text(const char *text) {
  while (*text != 0) put(*text++);
}

static void put_decimal(uint32_t value) {
  char digits[DIGIT_COUNT];
  uint32_t count = 0;
  do {
    digits[count++] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (count != 0) put(digits[--count]);
}

static void put_name(const char *name) {
  put(' ');
  put_text(name);
  put('=');
}

void log_begin(const char *word) {
  length = 0;
  put_text(word);
}

void log_text(const char *name, const char *text) {
  put_name(name);
  put_text(text);
}

void log_number(const char *name, uint32_t value) {
  put_name(name);
  put_decimal(value);
}

void log_address(const char *name, uint32_t address) {
  put_name(name);
  for (uint32_t shift = 32; shift != 0;) {
    shift -= 8;
    put_decimal(address >> shift & 255);
    if (shift != 0) put('.');
  }
}

void log_end(void) {
  line[length] = 0;
  port_log(line);
}
