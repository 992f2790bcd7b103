/**
 * What the HA store keeps of a batch job: which stages have finished and what they have left, and whether all of it is being
 * committed. It decides: a result is read only if it is named here, output is committed only once `committing` is written, and from
 * then on nothing runs again.
 */
import { type StageResult, stageResult } from '../batch/results.ts';
import { IoError } from '../errors.ts';
import { boolean, int64, list, record, type TypeOf } from '../job/types.ts';
import type { Ports } from '../ports.ts';
import { compareBytes } from '../values/bytes.ts';
import { fromBytes, toBytes } from '../values/serializers.ts';
import type { Coroutine } from '../waiting.ts';
import { askedAgainLater } from '../checkpoint/storage/until-answered.ts';

export const batchEntry = record({
  leaderEpoch: int64,
  finished: list(stageResult),
  /** All stages have finished, and their sinks' output is being committed. */
  committing: boolean,
  /** It is committed, and nothing is left of the results. */
  done: boolean,
});
export type BatchEntry = TypeOf<typeof batchEntry>;
/** What a change is of; who leads is the store's own. */
type BatchProgress = Omit<BatchEntry, 'leaderEpoch'>;

export function batchKey(job: string): string {
  return `batch/${job}`;
}

/** Somebody else leads: nothing of this process counts any more. */
export class Deposed extends IoError {}

export class BatchStore {
  readonly #ports: Ports;
  readonly #key: string;
  readonly #leaderEpoch: number;
  #entry: BatchEntry;

  constructor(ports: Ports, job: string, leaderEpoch: number) {
    this.#ports = ports;
    this.#key = batchKey(job);
    this.#leaderEpoch = leaderEpoch;
    this.#entry = { leaderEpoch, finished: [], committing: false, done: false };
  }

  /** As of the last `update`. */
  get entry(): BatchEntry {
    return this.#entry;
  }

  resultOf(stage: string): StageResult | undefined {
    return this.#entry.finished.find((result) => result.stage === stage);
  }

  /** Until it is known to be written. `change` may be asked several times. Throws `Deposed`. */
  *update(change: (before: BatchProgress) => BatchProgress): Coroutine<void> {
    const { ha, clock } = this.#ports;
    for (;;) {
      try {
        const before = yield* ha.read(this.#key);
        const entry = before === undefined ? this.#entry : fromBytes(batchEntry, before.bytes);
        if (entry.leaderEpoch > this.#leaderEpoch) throw new Deposed('a later leader has taken over');
        const { finished, committing, done } = change(entry);
        const next: BatchEntry = { leaderEpoch: this.#leaderEpoch, finished, committing, done };
        const bytes = toBytes(batchEntry, next);
        // Also the answer to an outcome that was unknown.
        const isThere = before !== undefined && compareBytes(before.bytes, bytes) === 0;
        const written = isThere || (yield* ha.compareAndSet(this.#key, before?.version ?? 0, bytes)).kind === 'written';
        if (!written) continue;
        this.#entry = next;
        return;
      } catch (error) {
        if (!(error instanceof IoError) || error instanceof Deposed) throw error;
        yield* askedAgainLater(clock, error);
      }
    }
  }
}
