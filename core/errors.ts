/**
 * Errors that the engine or its driver raises on purpose.
 *
 * `Killed` and `Cancelled` are control flow, not failures: the first ends a process without running anything of it,
 * the second ends a coroutine and lets its `finally` blocks run. No `catch` may swallow `Killed`; use `rethrowKilled`.
 */
import { type Copy, KEEP_ONE_COPY, MADE_BY, otherCopy, THIS_COPY } from './version.ts';

/** What all of them have in common: they say which copy of the package threw them. */
class MillraceError extends Error {
  get [MADE_BY](): Copy {
    return THIS_COPY;
  }
}

/** Control flow: nobody reads its stack, and taking one costs more than all else that is done to end a coroutine. */
class Unwinding extends MillraceError {
  constructor(message?: string) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** A port of a killed process was called, or the process was killed inside the call. Never catch it. */
export class Killed extends Unwinding {
  override readonly name = 'Killed';
}

/** Thrown at the wait of a cancelled coroutine. */
export class Cancelled extends Unwinding {
  override readonly name = 'Cancelled';
}

/** First statement of every `catch` that could see an error from a port. */
export function rethrowKilled(error: unknown): void {
  if (error instanceof Killed) throw error;
}

/** A job, a configuration or a user function broke a rule. The message says what, where and what to do. */
export class JobError extends MillraceError {
  override readonly name: string = 'JobError';
}

/** An invariant of the engine does not hold: a bug in the engine, never the user's. */
export class EngineBug extends MillraceError {
  override readonly name = 'EngineBug';
}

/** A service answered with an error, or a connection is gone. The engine handles it or fails the attempt. */
export class IoError extends MillraceError {
  override readonly name: string = 'IoError';
}

/** An object that a checkpoint consists of is not in the store. The store is consistent: asking again does not help. */
export class MissingObjectError extends IoError {
  override readonly name = 'MissingObjectError';
  readonly object: string;

  constructor(object: string) {
    super(`checkpoint object ${object} is missing`);
    this.object = object;
  }
}

/** Bytes on a local disk are not those that were written: reading them again does not help. Whoever needs them has to start anew. */
export class DamageError extends IoError {
  override readonly name = 'DamageError';
}

/** One of the errors above, which say what they mean; anything else came out of code that did not expect it. */
export function isNamed(error: unknown): boolean {
  return error instanceof MillraceError;
}

/** The message of any thrown value, without a stack (a stack differs between platforms). Never throws itself. */
export function messageOf(error: unknown): string {
  const other = otherCopy(error);
  const whose =
    other === undefined
      ? ''
      : ` (thrown by another copy of millrace, ${other.version} at ${other.from}: ${KEEP_ONE_COPY})`;
  try {
    return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)) + whose;
  } catch {
    // An object without a prototype, or one whose `message` throws: nothing of it can be shown.
    return `a value that cannot be shown as text${whose}`;
  }
}

/** Asserts an invariant of our own; on in production too. The message is built only on failure. */
export function assert(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new EngineBug(message());
}
