/**
 * Times the sync part of snapshots and the accesses after it, for several numbers of keys, which take turns, so that none has a quiet
 * machine for itself.
 *
 * The same accesses follow each snapshot, so the n-th of them does the same work each time: what it costs is the median over the
 * rounds, and the dearest access is the greatest of these medians. So a pause of the machine or of the collector, which comes at
 * another access each time, is in none of them; the dearest of a round, pauses included, is told beside it.
 */
import { accessesOf } from '../states/kinds.ts';
import { KeyedTask, ON_HEAP } from '../states/keyed-task.ts';
import { type Accesses, drawnKey, fill } from '../states/load.ts';
import { median } from '../statistics.ts';

/** Accesses that are timed one by one: enough to touch nearly all key groups. */
export const ACCESSES = 1_000;

/** In microseconds. */
export interface Snapshots {
  readonly sync: number;
  /** Right after it. */
  readonly after: Series;
  /** The same without a snapshot before. */
  readonly calm: Series;
  /** `new Map(map)` of as many keys. */
  readonly copy: number;
}

export interface Series {
  readonly dearest: number;
  readonly all: number;
  /** The dearest of a round, pauses included: the median of the rounds. */
  readonly dearestWithPauses: number;
}

/** The first rounds warm up and do not count. */
const WARM_ROUNDS = 3;
/** So that the sync part is compiled, as in a job that has run for a while. */
const WARM_SNAPSHOTS = 300;

export function snapshotsTask(sizes: readonly number[], rounds: number): readonly Snapshots[] {
  const subjects = sizes.map((keys) => new Subject(keys));
  for (let round = 0; round < WARM_ROUNDS; round++) for (const subject of subjects) subject.measure();
  for (const subject of subjects) subject.forget();
  for (let round = 0; round < rounds; round++) for (const subject of subjects) subject.measure();
  return subjects.map((subject) => subject.result);
}

class Subject {
  readonly #keys: number;
  readonly #task = new KeyedTask(ON_HEAP);
  readonly #accesses: Accesses;
  readonly #plain = new Map<number, number>();
  #sync: number[] = [];
  #copy: number[] = [];
  #after: Float64Array[] = [];
  #calm: Float64Array[] = [];

  constructor(keys: number) {
    this.#keys = keys;
    this.#accesses = accessesOf('value', this.#task);
    fill(this.#accesses, keys);
    for (let nth = 0; nth < WARM_SNAPSHOTS; nth++) this.#task.cut().discard();
    for (let key = 0; key < keys; key++) this.#plain.set(key, key);
  }

  measure(): void {
    // Nothing of what they write is left to be copied for an earlier snapshot.
    this.#timed();
    this.#calm.push(this.#timed());
    const started = performance.now();
    const snapshot = this.#task.cut();
    this.#sync.push(since(started));
    this.#after.push(this.#timed());
    snapshot.discard();
    const copying = performance.now();
    const copy = new Map(this.#plain);
    this.#copy.push(since(copying));
    if (copy.size !== this.#keys) throw new Error('a copy is not whole');
  }

  forget(): void {
    this.#sync = [];
    this.#copy = [];
    this.#after = [];
    this.#calm = [];
  }

  get result(): Snapshots {
    return {
      sync: median(this.#sync),
      after: seriesOf(this.#after),
      calm: seriesOf(this.#calm),
      copy: median(this.#copy),
    };
  }

  #timed(): Float64Array {
    const times = new Float64Array(ACCESSES);
    for (let n = 0; n < ACCESSES; n++) {
      const key = drawnKey(this.#keys, n, this.#keys);
      const started = performance.now();
      this.#accesses.turn(key, n);
      times[n] = since(started);
    }
    return times;
  }
}

/** Of the rounds' times, access by access. */
export function seriesOf(rounds: readonly Float64Array[]): Series {
  const accesses = Array.from(rounds[0] ?? [], (_, n) => median(rounds.map((times) => times[n]!)));
  return {
    dearest: Math.max(...accesses),
    all: accesses.reduce((sum, us) => sum + us, 0),
    dearestWithPauses: median(rounds.map((times) => Math.max(...times))),
  };
}

function since(started: number): number {
  return (performance.now() - started) * 1_000;
}
