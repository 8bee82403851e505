/** Walks the fields of a message that hold options: `options`, and by option 52 `file` and `sname` (RFC 2131 §4.1). */
#include "acknowledgement.h"

#include "core.h"

/** Where the fields begin (RFC 2131 §2), the magic cookie counted as the first four bytes of `options`. */
enum { SNAME_AT = 44, FILE_AT = 108, OPTIONS_AT = 236, COOKIE_SIZE = 4 };

/** Bytes of an option that are kept. */
#define VALUE_SIZE 64

/** An option as far as it was joined: its whole length, and the first of its bytes. */
struct value {
  uint32_t length;
  uint8_t bytes[VALUE_SIZE];
};

/** Appends what a field has of an option, up to the end of the field or to an option that is cut short. */
static void join(struct value *value, const uint8_t *field, uint32_t size, uint8_t code) {
  for (uint32_t at = 0; at < size && field[at] != LEASEHOLD_OPTION_CODE_END;) {
    const uint8_t found = field[at++];
    if (found == LEASEHOLD_OPTION_CODE_PAD) continue;
    if (at == size || field[at] > size - at - 1) return;
    const uint8_t length = field[at++];
    for (uint32_t index = 0; found == code && index < length; index++, value->length++) {
      if (value->length < VALUE_SIZE) value->bytes[value->length] = field[at + index];
    }
    at += length;
  }
}

/** The whole value of an option. */
static struct value read(const uint8_t *message, uint32_t length, uint8_t code) {
  struct value value = {0};
  if (length < OPTIONS_AT + COOKIE_SIZE) return value;
  const uint8_t *options = message + OPTIONS_AT + COOKIE_SIZE;
  const uint32_t size = length - OPTIONS_AT - COOKIE_SIZE;
  struct value overload = {0};
  join(&overload, options, size, LEASEHOLD_OPTION_CODE_OPTION_OVERLOAD);
  const uint8_t fields = overload.length == 1 ? overload.bytes[0] : 0;
  join(&value, options, size, code);
  if (fields & LEASEHOLD_OVERLOAD_FILE) join(&value, message + FILE_AT, OPTIONS_AT - FILE_AT, code);
  if (fields & LEASEHOLD_OVERLOAD_SNAME) join(&value, message + SNAME_AT, FILE_AT - SNAME_AT, code);
  return value;
}

uint32_t acknowledged_addresses(const uint8_t *message, uint32_t length, uint8_t code, uint32_t *addresses, uint32_t room) {
  const struct value value = read(message, length, code);
  if (value.length % 4 != 0) return 0;
  uint32_t count = 0;
  for (; count < room && count < VALUE_SIZE / 4 && count < value.length / 4; count++) {
    const uint8_t *bytes = value.bytes + count * 4;
    addresses[count] = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
  }
  return count;
}
