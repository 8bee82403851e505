/**
 * `ed25519_verify` on cases from standard input, each a public key (32 bytes), a signature (64), a length (u32, little-endian) and as many
 * bytes of message; writes a line of 0 or 1 a case.
 */
#include "ed25519.h"

#include <stdint.h>
#include <stdio.h>

static uint8_t message[65536];

int main(void) {
  struct {
    uint8_t key[32];
    uint8_t signature[64];
    uint32_t length;
  } head;
  while (fread(&head, sizeof head, 1, stdin) == 1) {
    if (head.length > sizeof message || fread(message, 1, head.length, stdin) != head.length) return 2;
    printf("%d\n", ed25519_verify(head.signature, message, head.length, head.key));
  }
  return 0;
}
