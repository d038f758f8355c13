/**
 * A reason why the program cannot start, worded for the operator who reads it on a terminal: one sentence that says
 * what is wrong and what to do. `main.ts` prints the message alone, without a stack, and exits with 1.
 */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
