/**
 * Doubly linked lists threaded through the records themselves, so that they need no memory of their own and any record
 * leaves its list in constant time. A list is a circle through its head: ends are no special case, and the links hold
 * addresses, so heads and records of different tables can stand in one circle. A record in no list has `next` 0.
 */

/** The first bytes of whatever can stand in a list, and of a list's head. */
@unmanaged
export class Link {
  /** Address of the next record or of the head, or 0 outside all lists. */
  next: u32;
  /** Address of the previous record or of the head. */
  previous: u32;
}

/** Makes the list at `head` empty: needed once before its use, since zeroed memory is no circle. */
export function openList(head: Link): void {
  head.next = u32(changetype<usize>(head));
  head.previous = u32(changetype<usize>(head));
}

/** Address of the first record in the list, or 0. */
export function firstOf(head: Link): usize {
  return head.next == u32(changetype<usize>(head)) ? 0 : head.next;
}

/** Whether the record stands in a list. */
export function isLinked(link: Link): bool {
  return link.next != 0;
}

/** Puts a record that is in no list behind `place`: first if that is the head, last if it is the head's `previous`. */
export function insertBehind(place: Link, link: Link): void {
  assert(!isLinked(link));
  link.next = place.next;
  link.previous = u32(changetype<usize>(place));
  changetype<Link>(place.next).previous = u32(changetype<usize>(link));
  place.next = u32(changetype<usize>(link));
}

/** Puts a record that is in no list at the end of the list. */
export function append(head: Link, link: Link): void {
  insertBehind(changetype<Link>(head.previous), link);
}

/** Takes a record out of the list it stands in, if any. */
export function unlink(link: Link): void {
  if (!isLinked(link)) return;
  changetype<Link>(link.previous).next = link.next;
  changetype<Link>(link.next).previous = link.previous;
  link.next = 0;
  link.previous = 0;
}
