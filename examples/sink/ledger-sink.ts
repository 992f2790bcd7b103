/**
 * A sink of one's own, exactly once, into an external service: a ledger that books batches of payments.
 *
 *   writer      stage(batch)   the batch lies there under an id, and nobody sees it
 *   committer   decide(id)     one conditional write says "booked" or "void"; the first one counts, for ever
 *
 * The object store of the simulation stands for the service: it is slow, it is away at times (then it refuses), and it loses replies,
 * so that the caller does not know whether a request was carried out. Every request here can be asked again.
 *
 * A writer of an older attempt may still be alive. A new one first raises a fence, then gives up what is staged; an older
 * one first stages, then looks for a fence: whichever comes first, nothing of the older one is booked by mistake.
 */
import {
  type Committable,
  type CommitOutcome,
  type Committer,
  type CommittingSinkWriter,
  type ConnectorPorts,
  type Coroutine,
  type ExactlyOnceSink,
  IoError,
  list,
  record,
  string,
  type TypeInfo,
  versioned,
  type WriterEnv,
} from 'millrace';
import { fromBytes, toBytes } from 'millrace/parts';

export function ledgerSink<T>(ledger: string, type: TypeInfo<T>): ExactlyOnceSink<T> {
  return {
    connector: 'ledger',
    output: ledger,
    type,
    delivery: 'exactly-once',
    external: true,
    committableSerializer: versioned('batches of a ledger', 1, record({ id: string })),
    createWriter: (env) => new LedgerWriter(new Ledger(ledger, env.ports), type, env),
    createCommitter: (env) => new LedgerCommitter(new Ledger(ledger, env.ports)),
  };
}

/** What a reader of the ledger sees: for tests and laws. */
export function bookedIn<T>(
  ledger: string,
  type: TypeInfo<T>,
  names: (prefix: string) => readonly string[],
  object: (name: string) => Uint8Array | undefined,
): readonly T[] {
  return names(`${ledger}/decided/`).flatMap((decided) => {
    if (!isBooked(object(decided))) return [];
    const batch = object(decided.replace('/decided/', '/staged/'));
    return batch === undefined ? [] : fromBytes(list(type), batch);
  });
}

type Decision = 'booked' | 'void';

function isBooked(bytes: Uint8Array | undefined): boolean {
  return bytes !== undefined && fromBytes(string, bytes) === 'booked';
}

const RETRY_MS = 5;

/** The client of the service. */
class Ledger {
  readonly #name: string;
  readonly #ports: ConnectorPorts;

  constructor(name: string, ports: ConnectorPorts) {
    this.#name = name;
    this.#ports = ports;
  }

  *stage(id: string, batch: Uint8Array): Coroutine<void> {
    yield* this.#put(`staged/${id}`, batch);
  }

  *staged(prefix: string): Coroutine<readonly string[]> {
    return yield* this.#names(`staged/${prefix}`, 'staged/');
  }

  *raiseFence(owner: string, attempt: number): Coroutine<void> {
    yield* this.#put(`fence/${owner}/${attempt}`, new Uint8Array(0));
  }

  /** Attempts that have raised a fence for this owner. */
  *fences(owner: string): Coroutine<readonly number[]> {
    return (yield* this.#names(`fence/${owner}/`, `fence/${owner}/`)).map(Number);
  }

  /** The decision that counts: this one, or an earlier one. */
  *decide(id: string, decision: Decision): Coroutine<{ readonly isNew: boolean; readonly decision: Decision }> {
    const name = `${this.#name}/decided/${id}`;
    for (;;) {
      const { kind } = yield* this.#ports.objects.put(name, toBytes(string, decision), 'if-absent');
      if (kind === 'written') return { isNew: true, decision };
      // Refused: decided before, or by the request before this one, or the service is away. What is there says which.
      const found = yield* this.#ports.objects.get(name);
      if (found !== undefined) return { isNew: false, decision: isBooked(found) ? 'booked' : 'void' };
      yield* this.#ports.clock.sleep(RETRY_MS);
    }
  }

  /** Asks until it is done. */
  *#put(name: string, bytes: Uint8Array): Coroutine<void> {
    for (;;) {
      const { kind } = yield* this.#ports.objects.put(`${this.#name}/${name}`, bytes);
      if (kind === 'written') return;
      yield* this.#ports.clock.sleep(RETRY_MS);
    }
  }

  *#names(prefix: string, cut: string): Coroutine<readonly string[]> {
    const names = yield* this.#ports.objects.list(`${this.#name}/${prefix}`);
    return names.map((name) => name.slice(`${this.#name}/${cut}`.length));
  }
}

class LedgerWriter<T> implements CommittingSinkWriter<T, Committable> {
  readonly #ledger: Ledger;
  readonly #type: TypeInfo<readonly T[]>;
  readonly #env: WriterEnv;
  #batch: T[] = [];
  #sequence = 0;

  constructor(ledger: Ledger, type: TypeInfo<T>, env: WriterEnv) {
    this.#ledger = ledger;
    this.#type = list(type);
    this.#env = env;
  }

  *open(restored: readonly Committable[]): Coroutine<void> {
    const { subtask, parallelism, subtasksMax, attempt } = this.#env;
    const keep = new Set(restored.map(({ id }) => id));
    for (let owner = subtask; owner < Math.max(subtasksMax, parallelism); owner += parallelism) {
      yield* this.#ledger.raiseFence(this.#ownerName(owner), attempt);
      for (const id of yield* this.#ledger.staged(`${this.#ownerName(owner)}/`)) {
        if (keep.has(id)) continue;
        const { decision } = yield* this.#ledger.decide(id, 'void');
        if (decision === 'void') this.#env.aborted(id);
      }
    }
  }

  write(value: T): void {
    this.#batch.push(value);
  }

  get dirty(): boolean {
    return this.#batch.length > 0;
  }

  *prepareCommit(): Coroutine<readonly Committable[]> {
    if (this.#batch.length === 0) return [];
    const { subtask, attempt } = this.#env;
    const owner = this.#ownerName(subtask);
    const id = `${owner}/${attempt}-${this.#sequence++}`;
    const batch = toBytes(this.#type, this.#batch);
    this.#batch = [];
    yield* this.#ledger.stage(id, batch);
    const newest = Math.max(...(yield* this.#ledger.fences(owner)));
    if (newest > attempt) throw new IoError(`${id}: attempt ${newest} has taken over`);
    return [{ id }];
  }

  #ownerName(owner: number): string {
    return `${this.#env.job}/${this.#env.sink}/${owner}`;
  }
}

class LedgerCommitter implements Committer<Committable> {
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  *commit({ id }: Committable): Coroutine<CommitOutcome> {
    const { isNew, decision } = yield* this.#ledger.decide(id, 'booked');
    if (decision === 'void') return 'failed';
    return isNew ? 'committed' : 'already';
  }
}
