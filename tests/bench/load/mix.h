/**
 * Which client makes the next exchange, and which exchange: shares of renewals and releases, drawn by a generator that begins the same at
 * each run, so that two runs ask the same.
 */
#pragma once

#include "message.h"
#include "options.h"

/** Makes the choice ready. There must be at least as many clients as places. */
void mix_open(const struct options *options);

/** Chooses the next exchange of a place, and sets its client. */
enum say mix_choose(uint32_t place, double now, uint32_t *client);
