/**
 * The HA entry of a job's checkpoints, `JobCheckpoints`: the truth about completion and about the end of the job. It
 * changes by compare-and-set, one change at a time.
 *
 *   add      completed + n, at most `retained` of them, in order of their numbers: n is complete
 *   stop     completed: [], savepoint: n, stopped: the point of no return, nothing older is ever restored
 *   resume   stopped: false: the job goes on from the savepoint
 *   submit   completed: [], savepoint: another job's: only while there is no entry
 *
 * A savepoint that the job was started from and has claimed is named until the first `add` or `stop` behind it.
 *
 * An answer that is lost is neither success nor failure: what the store says then decides. Requests of one process take
 * effect in order, so a read behind a write sees it if it was applied at all.
 */
import { IoError } from '../../errors.ts';
import type { HaStore } from '../../ports.ts';
import type { Coroutine } from '../../waiting.ts';
import {
  type CompletedCheckpoint,
  completedKey,
  type JobCheckpoints,
  NO_CHECKPOINTS,
  readCompleted,
  writeCompleted,
} from './metadata.ts';

/** Asked again so often before the outcome stays unknown. */
const ATTEMPTS_MAX = 20;

/** `DeposedError`: somebody else changed the entry, so somebody else leads. */
export class DeposedError extends IoError {
  override readonly name = 'DeposedError';
}

/** What is kept with the new one, and what it subsumes. The newest is never dropped. Pure. */
export function withCompleted(
  before: readonly CompletedCheckpoint[],
  added: CompletedCheckpoint,
  retained: number,
): { readonly kept: readonly CompletedCheckpoint[]; readonly dropped: readonly CompletedCheckpoint[] } {
  const all = [...before, added].sort((a, b) => a.checkpoint - b.checkpoint);
  const drop = Math.max(0, all.length - Math.max(1, retained));
  return { kept: all.slice(drop), dropped: all.slice(0, drop) };
}

export class CompletedStore {
  readonly #ha: HaStore;
  readonly #key: string;
  /** Version of the HA entry; 0: none. */
  #version = 0;
  #entry: JobCheckpoints = NO_CHECKPOINTS;

  constructor(ha: HaStore, job: string) {
    this.#ha = ha;
    this.#key = completedKey(job);
  }

  /** As it was when it was last read or written. */
  get entry(): JobCheckpoints {
    return this.#entry;
  }
  get exists(): boolean {
    return this.#version > 0;
  }

  *read(): Coroutine<JobCheckpoints> {
    const value = yield* this.#ha.read(this.#key);
    this.#version = value?.version ?? 0;
    this.#entry = value === undefined ? NO_CHECKPOINTS : readCompleted(value.bytes);
    return this.#entry;
  }

  /** Returns what was subsumed: nothing names it any more. Throws as `#write` does. */
  *add(checkpoint: CompletedCheckpoint, retained: number): Coroutine<readonly CompletedCheckpoint[]> {
    const { kept, dropped } = withCompleted(this.#entry.completed, checkpoint, retained);
    const claimed = this.#claimed;
    const { stopped, drained } = this.#entry;
    const savepoint = claimed.length > 0 ? null : this.#entry.savepoint;
    yield* this.#write({ completed: kept, savepoint, stopped, drained, claimed: false });
    return [...claimed, ...dropped];
  }

  /** Returns what it leaves behind. */
  *stop(savepoint: CompletedCheckpoint, drained: boolean): Coroutine<readonly CompletedCheckpoint[]> {
    const dropped = [...this.#claimed, ...this.#entry.completed];
    yield* this.#write({ completed: [], savepoint, stopped: true, drained, claimed: false });
    return dropped;
  }

  /** What the job was started from, if it is the job's to delete. */
  get #claimed(): readonly CompletedCheckpoint[] {
    const { claimed, savepoint } = this.#entry;
    return claimed && savepoint !== null ? [savepoint] : [];
  }

  *resume(): Coroutine<void> {
    const { completed, savepoint, drained, claimed } = this.#entry;
    yield* this.#write({ completed, savepoint, stopped: false, drained, claimed });
  }

  *submit(savepoint: CompletedCheckpoint, claimed: boolean): Coroutine<void> {
    yield* this.#write({ completed: [], savepoint, stopped: false, drained: false, claimed });
  }

  /** Throws `DeposedError` if somebody else wrote, `IoError` if the outcome stays unknown. */
  *#write(next: JobCheckpoints): Coroutine<void> {
    const bytes = writeCompleted(next);
    for (let tries = 0; tries < ATTEMPTS_MAX; tries++) {
      const outcome = yield* this.#ha.compareAndSet(this.#key, this.#version, bytes);
      if (outcome.kind === 'written') {
        this.#version++;
        this.#entry = next;
        return;
      }
      const now = yield* this.#ha.read(this.#key);
      if (now !== undefined && sameBytes(now.bytes, bytes)) {
        this.#version = now.version;
        this.#entry = next;
        return;
      }
      if ((now?.version ?? 0) !== this.#version) throw new DeposedError(`somebody else changed ${this.#key}`);
    }
    throw new IoError(`${this.#key}: not written after ${ATTEMPTS_MAX} attempts`);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
