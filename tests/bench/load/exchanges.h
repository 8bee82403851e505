/**
 * The exchanges that are under way, one in each place of a window: what each client asked last, and what becomes of the answers.
 * Every answer is held against its question; what is wrong is counted by its reason. Instants are seconds of the load's clock.
 */
#pragma once

#include "options.h"
#include "way.h"

/** Makes the places, all idle. @param on_idle called when an exchange has ended, with its place */
void exchanges_open(const struct options *options, const struct way *way, void (*on_idle)(uint32_t place, double now));

/** Places in which an exchange is under way. */
uint32_t exchanges_active(void);

/** Begins an exchange in an idle place, which was due at `due`. A release ends as soon as it is said: false. */
bool exchanges_begin(uint32_t place, double due, double now);

/** Takes an answer. */
void exchanges_take(const struct received *received, double now);

/** Asks again where no answer came for long, and gives up where that was often enough. */
void exchanges_retry(double now);

/** Gives up whatever is under way. */
void exchanges_give_up_all(double now);
