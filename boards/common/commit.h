/**
 * How the records of the journal get into the store: at once, or, where a firmware defines COMMITS_BESIDE and supplies the
 * functions below, beside the next batch.
 */
#ifndef LEASEHOLD_COMMIT_H
#define LEASEHOLD_COMMIT_H

#include "instance.h"
#include "store.h"

#ifdef COMMITS_BESIDE

/**
 * Appends records to the store as one blob, or asks what has become of it. The records stay where they are until there is a result.
 * @param records ignored while a commit is under way
 * @param length receives how many bytes of the journal, from the first that is not durable, the result is about
 * @return as `store_append`, or STORE_UNDER_WAY: ask again, at the latest when the port's wait returns
 */
enum store_result commit_append(const struct core_records *records, uint32_t *length);

/** Whether a commit is under way: the store is not to be touched then. */
bool commit_is_under_way(void);

/** Waits until the commit under way, if there is one, has come to its end. `commit_append` still tells its result. */
void commit_wait(void);

/** Waits as `commit_wait`, and forgets the result: the instance whose records they were is gone. */
void commit_forget(void);

#else

static inline enum store_result commit_append(const struct core_records *records, uint32_t *length) {
  *length = records->first_length + records->second_length;
  return store_append(records->first, records->first_length, records->second, records->second_length);
}

static inline bool commit_is_under_way(void) { return false; }

static inline void commit_wait(void) {}

static inline void commit_forget(void) {}

#endif

#endif
