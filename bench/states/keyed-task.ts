/**
 * What of a task keyed state needs: a backend of the configuration with all key groups, the states of an operator on it, and turns
 * as a keyed function has them. What goes on behind the task's back (flush, compaction, the async part of a snapshot) runs to its
 * end between two turns, on the same thread, so its time is part of what is measured. Left out: records, timers, a universe.
 */
import type { CheckpointKind } from '../../core/barrier-options.ts';
import { ManualExecutor } from '../../core/task/testing/manual-ports.ts';
import { defaultMaxParallelism } from '../../core/graph/key-groups.ts';
import { int32 } from '../../core/job/types.ts';
import type {
  KeyedSnapshot,
  KeyedStateBackend,
  SnapshotOutput,
  StateSettings,
  StateSlice,
} from '../../core/state/backend.ts';
import { OperatorStates } from '../../core/state/kinds/state-access.ts';
import { configuredStateBackend } from '../../core/state/lsm/configured-state-backend.ts';
import { TurnScope } from '../../core/state/turn-scope.ts';
import { UserCode } from '../../core/user-code.ts';
import { createScope, type Scope } from '../../core/waiting.ts';
import { MemoryDisk } from './memory-disk.ts';

export const KEY_GROUPS = defaultMaxParallelism(1);
const RANGE = { start: 0, end: KEY_GROUPS - 1 };
const OPERATOR = 'bench';
export const ON_HEAP: StateSettings = { backend: 'heap', memoryBytes: 0, incremental: false };

export class KeyedTask {
  readonly disk = new MemoryDisk();
  readonly states: OperatorStates;
  readonly #backend: KeyedStateBackend;
  readonly #user = new UserCode();
  readonly #turns: TurnScope;
  readonly #executor = new ManualExecutor();
  readonly #scope: Scope;
  /** Objects of earlier checkpoints. */
  readonly #shared = new Set<string>();
  #checkpoints = 0;
  #now = 0;

  /** Keys are whole numbers. */
  constructor(settings: StateSettings) {
    this.#scope = createScope(this.#executor, 'bench', (error) => {
      throw error;
    });
    // A clock that goes on, so that each touch of a state with time to live is a new one.
    const now = (): number => this.#now++;
    this.#backend = configuredStateBackend.create({
      range: RANGE,
      maxParallelism: KEY_GROUPS,
      keyType: int32,
      disk: this.disk,
      directory: '/bench',
      scope: this.#scope,
      settings,
      now,
    });
    this.#turns = new TurnScope(this.#user, now);
    const unheard = (): void => undefined;
    this.states = new OperatorStates(this.#backend, {
      user: this.#user,
      scope: this.#turns,
      cleaned: unheard,
      expired: unheard,
    });
  }

  /** A function of the job is called for a record of this key. */
  begin(key: number): void {
    this.#user.atRecord(key);
    this.#turns.atKey();
    this.#backend.setCurrentKey(key);
    this.#user.enter(OPERATOR);
  }

  /** It has returned. */
  end(): void {
    this.#user.leave();
    this.states.cleanUp();
    this.#user.check();
    for (;;) {
      const wait = this.#backend.admit();
      this.#executor.run();
      if (wait === undefined) return;
    }
  }

  /** The sync part of a snapshot. */
  cut(): KeyedSnapshot {
    return this.#backend.snapshot([{ ...RANGE, floor: 0 }]);
  }

  /** From the sync part to the completion. Returns the bytes that went to the store. A savepoint is always full. */
  checkpoint(kind: CheckpointKind = 'checkpoint'): number {
    const out = new CountedOutput(++this.#checkpoints, kind, this.#shared);
    const written = this.cut().write(out);
    if ('next' in written) {
      const done = this.#scope.spawn('snapshot', written);
      this.#executor.run();
      done.take();
    }
    this.#backend.notifyComplete(this.#checkpoints);
    return out.bytes;
  }
}

/** Counts what is uploaded, and keeps nothing of it. */
class CountedOutput implements SnapshotOutput {
  readonly checkpoint: number;
  readonly kind: CheckpointKind;
  bytes = 0;
  readonly #shared: Set<string>;
  #common = 0;

  constructor(checkpoint: number, kind: CheckpointKind, shared: Set<string>) {
    this.checkpoint = checkpoint;
    this.kind = kind;
    this.#shared = shared;
  }

  append({ length }: Uint8Array): StateSlice {
    const slice = { object: `${this.checkpoint}`, offset: this.#common, length };
    this.#common += length;
    this.bytes += length;
    return slice;
  }

  file(name: string, { length }: Uint8Array): string {
    this.bytes += length;
    return `${this.checkpoint}-${name}`;
  }

  shared(name: string, bytes: Uint8Array): string {
    const object = this.file(name, bytes);
    this.#shared.add(object);
    return object;
  }

  mayReuse(object: string): boolean {
    return this.#shared.has(object);
  }
}
