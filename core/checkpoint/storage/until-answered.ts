/**
 * Reads of a store that are asked until they are answered, where nobody else would ask again (SEMANTICS C10). A task and an attempt
 * that is prepared do without: they fail, and the next attempt asks.
 */
import { IoError } from '../../errors.ts';
import type { Clock, ObjectStore } from '../../ports.ts';
import type { ObjectReads } from '../../state/object-io.ts';
import type { Coroutine, Pending } from '../../waiting.ts';

/** Until a store is asked again that gave an error. */
const STORE_RETRY_MS = 20;

/** The pause before a store is asked again, behind this error. */
export function askedAgainLater(clock: Clock, { message }: IoError): Pending<void> {
  return clock.sleep(STORE_RETRY_MS, `asks again after: ${message}`);
}

/** `ask` is one request: what is made of its answer belongs elsewhere, since bytes that cannot be read stay so. */
export function* untilAnswered<T>(clock: Clock, ask: () => Pending<T> | Coroutine<T>): Coroutine<T> {
  for (;;) {
    try {
      return yield* ask();
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      yield* askedAgainLater(clock, error);
    }
  }
}

/** The object store for whoever waits until it answers. */
export class PatientReads implements ObjectReads {
  readonly #objects: ObjectStore;
  readonly #clock: Clock;

  constructor({ objects, clock }: { readonly objects: ObjectStore; readonly clock: Clock }) {
    this.#objects = objects;
    this.#clock = clock;
  }

  get(name: string): Coroutine<Uint8Array | undefined> {
    return untilAnswered(this.#clock, () => this.#objects.get(name));
  }

  list(prefix: string): Coroutine<readonly string[]> {
    return untilAnswered(this.#clock, () => this.#objects.list(prefix));
  }
}
