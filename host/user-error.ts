/**
 * A failure that the user can do something about: shown as its message and its advice, never as a stack trace.
 */
export class UserError extends Error {
  override readonly name: string = "UserError";

  constructor(
    /** What is wrong, as a sentence. */
    message: string,
    /** What to do, as a sentence; empty when the message says it. */
    readonly advice: string = "",
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
