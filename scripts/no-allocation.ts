/**
 * A runtime that cannot allocate: every allocator is a compile-time error.
 *
 * `asc --target check` compiles each core with this in place of a real runtime, so that a `new`, a string or an array
 * literal anywhere in `assembly/` fails the build. It is never shipped: a custom runtime makes asc emit shadow-stack code.
 * Functions are compiled only when something calls them, which is why an untouched allocator raises nothing.
 */

// @ts-ignore: decorator
@global @unsafe
function __alloc(size: usize): usize {
  ERROR("The core must not allocate: lay the memory out in initialise() and use offsets into it.");
  return 0;
}

// @ts-ignore: decorator
@global @unsafe
function __realloc(ptr: usize, size: usize): usize {
  ERROR("The core must not allocate: lay the memory out in initialise() and use offsets into it.");
  return 0;
}

// @ts-ignore: decorator
@global @unsafe
function __free(ptr: usize): void {
  ERROR("The core must not allocate, so it has nothing to free.");
}

// @ts-ignore: decorator
@global @unsafe
function __new(size: usize, id: u32): usize {
  ERROR("The core must not allocate objects: use an @unmanaged class over memory that initialise() laid out.");
  return 0;
}

// @ts-ignore: decorator
@global @unsafe
function __renew(oldPtr: usize, size: usize): usize {
  ERROR("The core must not allocate objects: use an @unmanaged class over memory that initialise() laid out.");
  return 0;
}

// @ts-ignore: decorator
@global @unsafe
function __link(parentPtr: usize, childPtr: usize, expectMultiple: bool): void {
  ERROR("The core must not hold managed references: use an @unmanaged class.");
}

// @ts-ignore: decorator
@global @unsafe
function __pin(ptr: usize): usize {
  ERROR("The core must not hold managed references: use an @unmanaged class.");
  return 0;
}

// @ts-ignore: decorator
@global @unsafe
function __unpin(ptr: usize): void {
  ERROR("The core must not hold managed references: use an @unmanaged class.");
}

// @ts-ignore: decorator
@global @unsafe
function __visit(ptr: usize, cookie: u32): void {}

// @ts-ignore: decorator
@global @unsafe
function __collect(): void {
  ERROR("The core has no garbage collector.");
}
