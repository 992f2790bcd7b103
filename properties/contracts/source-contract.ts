/**
 * What every `Source` promises (FLIP-27). Give `sourceContract` a function that makes a source and says what is in its splits;
 * run each clause as a test:
 *
 *     for (const { name, check } of sourceContract(make)) it(name, check);
 */
import type { Source, SourceSplit, SplitReader } from '../../core/connectors/source.ts';
import type { Coroutine } from '../../core/waiting.ts';
import type { Universe } from '../../sim/universe.ts';
import { sameValue } from '../model/equal.ts';
import { ContractBroken } from '../../sim/contract.ts';
import { type ContractClause, inWorld, promise, type Room } from './connector-world.ts';

export interface SourceUnderTest {
  /** Bounded, and with at least two splits, one of them with three records or more. */
  readonly source: Source;
  /** Puts its input into the services. */
  readonly fill: (universe: Universe) => void;
  /** What is in each split, by id, in order. */
  readonly splits: ReadonlyMap<string, readonly unknown[]>;
}

export function sourceContract(make: () => SourceUnderTest): readonly ContractClause[] {
  const clause = (name: string, body: (subject: SourceUnderTest, room: Room) => Coroutine<void>): ContractClause => ({
    name,
    check: () => {
      const subject = make();
      inWorld({ fill: subject.fill }, (room) => body(subject, room));
    },
  });
  return [
    clause('every split is assigned once, to a reader that is there, and then no more', assignsOnce),
    clause('at any moment a split is assigned or in the state of the enumerator, which goes on from its bytes', goesOn),
    clause('a reader gives the records of its split in order, with rising positions, and then the end for good', reads),
    clause('a new reader goes on behind the last record that the old one gave, wherever that was', resumes),
    clause('available settles when, and only when, poll has something to say', isAvailable),
    clause('the bytes of a split keep its id and position, and another version is refused', keepsSplits),
  ];
}

interface Assigned {
  readonly splits: Map<string, { readonly subtask: number; readonly split: SourceSplit }>;
  readonly ended: number[];
}

/** Runs an enumerator to its end; `at` is called after each assignment. */
function* enumerate(
  { source }: SourceUnderTest,
  { connector }: Room,
  parallelism: number,
  restored?: unknown,
  at: (state: () => unknown, assigned: Assigned) => void = () => undefined,
): Coroutine<Assigned> {
  const assigned: Assigned = { splits: new Map(), ended: [] };
  const enumerator = source.createEnumerator(
    {
      ports: connector,
      parallelism,
      assignIntervalMs: 1,
      assign: (subtask, ...splits) => {
        for (const split of splits) {
          promise(!assigned.splits.has(split.id), `split ${split.id} is assigned twice`);
          promise(
            subtask >= 0 && subtask < parallelism,
            `split ${split.id} is assigned to reader ${subtask} of ${parallelism}`,
          );
          promise(
            !assigned.ended.includes(subtask),
            `reader ${subtask} gets split ${split.id} after it was notified that none follows`,
          );
          assigned.splits.set(split.id, { subtask, split });
        }
        at(() => enumerator.snapshot(), assigned);
      },
      noMoreSplits: (subtask) => {
        assigned.ended.push(subtask);
      },
    },
    restored,
  );
  at(() => enumerator.snapshot(), assigned);
  yield* enumerator.run();
  at(() => enumerator.snapshot(), assigned);
  return assigned;
}

function* assignsOnce(subject: SourceUnderTest, room: Room): Coroutine<void> {
  for (const parallelism of [1, 2, 7]) {
    const { splits, ended } = yield* enumerate(subject, room, parallelism);
    const missing = [...subject.splits.keys()].filter((id) => !splits.has(id));
    promise(missing.length === 0, `splits that no reader gets: ${missing.join(', ')}`);
    promise(splits.size === subject.splits.size, `unknown splits: ${[...splits.keys()].join(', ')}`);
    const readers = ended.toSorted((a, b) => a - b).join();
    promise(
      readers === Array.from({ length: parallelism }, (_, i) => i).join(),
      `readers that were notified of the end: ${readers}`,
    );
  }
}

function* goesOn(subject: SourceUnderTest, room: Room): Coroutine<void> {
  const { source, splits } = subject;
  const { enumeratorSerializer } = source;
  const states: { readonly bytes: Uint8Array; readonly assigned: readonly string[] }[] = [];
  yield* enumerate(subject, room, 2, undefined, (state, assigned) => {
    const bytes = enumeratorSerializer.serialize(state());
    const left = source.unassigned(enumeratorSerializer.deserialize(enumeratorSerializer.version, bytes));
    const known = [...assigned.splits.keys(), ...(left ?? []).map(({ id }) => id)].toSorted().join();
    promise(
      left === undefined ? assigned.splits.size === 0 : known === [...splits.keys()].toSorted().join(),
      `assigned and unassigned splits together are ${known}`,
    );
    states.push({ bytes, assigned: [...assigned.splits.keys()] });
  });
  for (const { bytes, assigned } of states) {
    const restored = enumeratorSerializer.deserialize(enumeratorSerializer.version, bytes);
    const rest = yield* enumerate(subject, room, 3, restored);
    const all = [...assigned, ...rest.splits.keys()].toSorted().join();
    promise(
      all === [...splits.keys()].toSorted().join(),
      `with its state restored after ${assigned.length} splits: ${all}`,
    );
  }
}

function readerOf(
  { source }: SourceUnderTest,
  { connector, ports }: Room,
  split: SourceSplit,
): SplitReader<unknown, SourceSplit> {
  return source.createReader(split, { ports: connector, scope: ports.scope, fetchMaxRecords: 2 });
}

/** The next record; undefined at the end. */
function* next(
  reader: SplitReader<unknown, SourceSplit>,
): Coroutine<{ readonly value: unknown; readonly position: number } | undefined> {
  for (;;) {
    const polled = reader.poll();
    if (polled === 'end') return undefined;
    if (polled !== 'nothing') return polled;
    const available = reader.available();
    promise(!available.settled, 'poll has nothing, yet available has settled: the task would spin');
    yield* available;
  }
}

function* fresh(subject: SourceUnderTest, room: Room): Coroutine<readonly SourceSplit[]> {
  const { splits } = yield* enumerate(subject, room, 1);
  return [...splits.values()].map(({ split }) => split);
}

function* reads(subject: SourceUnderTest, room: Room): Coroutine<void> {
  for (const split of yield* fresh(subject, room)) {
    const reader = readerOf(subject, room, split);
    let position = split.position - 1;
    for (const value of subject.splits.get(split.id) ?? []) {
      const record = yield* next(reader);
      promise(record !== undefined, `split ${split.id} ends before its last record`);
      promise(sameValue(record.value, value), `split ${split.id} gives another record at position ${record.position}`);
      promise(record.position > position, `split ${split.id}: position ${record.position} comes after ${position}`);
      position = record.position;
    }
    promise((yield* next(reader)) === undefined, `split ${split.id} has more records than its input`);
    promise(reader.poll() === 'end', `split ${split.id} goes on after its end`);
  }
}

function* resumes(subject: SourceUnderTest, room: Room): Coroutine<void> {
  const { splitSerializer } = subject.source;
  for (const split of yield* fresh(subject, room)) {
    const records = subject.splits.get(split.id) ?? [];
    for (let taken = 0; taken <= records.length; taken++) {
      const reader = readerOf(subject, room, split);
      for (let i = 0; i < taken; i++) yield* next(reader);
      // What is fetched ahead meanwhile is not read.
      yield* room.ports.clock.sleep(20);
      const kept = splitSerializer.deserialize(splitSerializer.version, splitSerializer.serialize(reader.snapshot()));
      const later = readerOf(subject, room, kept);
      for (const value of records.slice(taken)) {
        const record = yield* next(later);
        promise(
          record !== undefined && sameValue(record.value, value),
          `split ${split.id}: a reader that was made after ${taken} records goes on with another one`,
        );
      }
      promise(
        (yield* next(later)) === undefined,
        `split ${split.id}: a reader that was made after ${taken} records repeats some`,
      );
    }
  }
}

function* isAvailable(subject: SourceUnderTest, room: Room): Coroutine<void> {
  for (const split of yield* fresh(subject, room)) {
    const reader = readerOf(subject, room, split);
    const before = reader.snapshot().position;
    yield* reader.available();
    promise(
      reader.available().settled,
      `split ${split.id}: available is not settled although it was, and nothing was polled`,
    );
    promise(reader.snapshot().position === before, `split ${split.id}: waiting has moved the position`);
    promise(reader.poll() !== 'nothing', `split ${split.id}: available has settled, yet poll has nothing`);
    while ((yield* next(reader)) !== undefined);
    promise(reader.available().settled, `split ${split.id}: available does not settle at the end`);
  }
}

function* keepsSplits(subject: SourceUnderTest, room: Room): Coroutine<void> {
  const { splitSerializer } = subject.source;
  for (const split of yield* fresh(subject, room)) {
    const kept = splitSerializer.deserialize(
      splitSerializer.version,
      splitSerializer.serialize({ ...split, position: 41 }),
    );
    promise(
      kept.id === split.id && kept.position === 41,
      `split ${split.id} at 41 comes back as ${kept.id} at ${kept.position}`,
    );
    promise(
      isRefused(() => splitSerializer.deserialize(splitSerializer.version + 1, splitSerializer.serialize(split))),
      'bytes of another version are read as if they were of this one',
    );
  }
}

function isRefused(body: () => unknown): boolean {
  try {
    body();
    return false;
  } catch (error) {
    if (error instanceof ContractBroken) throw error;
    return true;
  }
}
