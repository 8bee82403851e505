/** `seeds COUNT` adds one word to the pool and takes so many seeds from it; writes the two halves of each on a line. */
#include "entropy.h"

#include <stdio.h>
#include <stdlib.h>

int main(int count, char **arguments) {
  if (count != 2) return 2;
  entropy_add(1);
  for (long left = strtol(arguments[1], NULL, 10); left > 0; left--) {
    uint32_t seed[2];
    entropy_take(seed);
    printf("%u %u\n", seed[0], seed[1]);
  }
  return 0;
}
