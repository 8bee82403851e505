/**
 * A role that keeps blobs, and what it knows of them: which the store must have after a restart, and which it may have. Each blob is
 * told by its serial number, and its bytes follow from that.
 */
#ifndef ROLE_H
#define ROLE_H

#include <stdbool.h>
#include <stdint.h>

#define BLOB_LIMIT 200u
#define LIST_LIMIT 2048u

/** Blobs in the order in which they were appended. */
struct list {
  uint32_t count;
  uint32_t serials[LIST_LIMIT];
};

/** What the role knows. */
struct role {
  uint32_t next_serial;
  /** Blobs of a new generation: what a snapshot is. */
  uint32_t snapshot_count;
  /** Reported KEPT. */
  struct list kept;
  /** Appended without a report, or reported FAILED: may come after them; 0: there is none. */
  uint32_t unsure;
  /** A generation that is begun. */
  struct list begun;
  /** Whether its commit was asked for: it may be there in place of `kept`. */
  bool may_be_committed;
  /** Generations that were committed, and appends that the role gave up. */
  uint32_t generations, given_up;
};

extern struct role role;

/** Begins anew, on a medium that holds none of its blobs. */
void role_make(uint32_t snapshot_count);

/** Keeps one more blob, as a role does: through a new generation when the half is full, again when the medium failed. */
void role_keep(void);

/** Writes a new generation, full or not. Whether it counts is noted. */
void role_renew(void);

/** Restarts without memory: opens the store, reads all, and requires what must be there. Goes on from that. */
void role_restart(void);

/** Restarts and reads what there is into `found`. @return whether the store opened */
bool role_read(struct list *found);

/** Whether two lists are the same. */
bool same_list(const struct list *a, const struct list *b);

#endif
