import { describe, expect, it } from 'vitest';
import type { CommittingSinkWriter, Committable, ExactlyOnceSink, SinkWriter } from '../../core/connectors/sink.ts';
import type { Source, SourceSplit, SplitEnumerator, SplitReader } from '../../core/connectors/source.ts';
import { fileSink } from '../../core/connectors/file/file-sink.ts';
import { fileSource } from '../../core/connectors/file/file-source.ts';
import { atLeastOnceSink } from '../../core/connectors/log/at-least-once-sink.ts';
import { logSink } from '../../core/connectors/log/log-sink.ts';
import { logSource } from '../../core/connectors/log/log-source.ts';
import { upsertSink } from '../../core/connectors/upsert/upsert-sink.ts';
import { IoError } from '../../core/errors.ts';
import { int32, list } from '../../core/job/types.ts';
import type { LogBroker } from '../../core/ports.ts';
import { Deferred, settled } from '../../core/waiting.ts';
import { fromBytes, toBytes } from '../../core/values/serializers.ts';
import { ContractBroken } from '../../sim/contract.ts';
import type { ContractClause } from './connector-world.ts';
import { sinkContract, type SinkUnderTest } from './sink-contract.ts';
import { sourceContract, type SourceUnderTest } from './source-contract.ts';

function holds(name: string, contract: readonly ContractClause[]): void {
  describe(name, () => {
    for (const { name: clause, check } of contract) {
      it(clause, () => {
        check();
      });
    }
  });
}

/** The clauses that a contract finds broken, by their first words. */
function broken(contract: readonly ContractClause[]): readonly string[] {
  return contract.filter(({ check }) => !isKept(check)).map(({ name }) => name);
}
function isKept(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(ContractBroken);
    return false;
  }
}

// ---- sources

const numbers = new Map<string, readonly number[]>([
  ['numbers-0', [1, 2, 3, 4, 5]],
  ['numbers-1', []],
  ['numbers-2', [6, 7]],
]);

function logUnderTest(source: Source = logSource({ topic: 'numbers', type: int32 })): SourceUnderTest {
  return {
    source,
    splits: numbers,
    fill: ({ broker }) => {
      broker.createTopic('numbers', numbers.size);
      [...numbers.values()].forEach((values, partition) => {
        broker.seed(
          'numbers',
          partition,
          values.map((value) => toBytes(int32, value)),
        );
      });
    },
  };
}

function filesUnderTest(): SourceUnderTest {
  const files = new Map([
    ['in/a', ['one', 'two', '', 'four']],
    ['in/b', []],
    ['in/c', ['last line without an end']],
  ]);
  return {
    source: fileSource({ prefix: 'in/' }),
    splits: files,
    fill: ({ objects }) => {
      objects.seed('in/a', new TextEncoder().encode('one\ntwo\n\nfour\n'));
      objects.seed('in/b', new Uint8Array(0));
      objects.seed('in/c', new TextEncoder().encode('last line without an end'));
      objects.seed('other', new TextEncoder().encode('no input'));
    },
  };
}

holds(
  'the log source',
  sourceContract(() => logUnderTest()),
);
holds('the file source', sourceContract(filesUnderTest));

/** Two records a file, odd and even ones in buckets of their own. */
function fileSinkUnderTest(): SinkUnderTest {
  const bucketOf = (n: number): string => `odd=${n % 2}`;
  return {
    sink: fileSink({ path: 'lake', type: int32, bucketOf, recordsPerFile: 2 }),
    fill: () => undefined,
    visible: ({ objects }) =>
      objects
        .names('lake/')
        .filter((name) => !name.includes('/.'))
        .flatMap((name) => fromBytes(list(int32), objects.object(name) ?? new Uint8Array(0))),
    values: [1, 2, 3, 4, 5, 6, 7, 9],
  };
}
holds('the file sink', sinkContract(fileSinkUnderTest));

function upsertSinkUnderTest(): SinkUnderTest {
  return {
    sink: upsertSink({ table: 'table', type: int32, key: (n) => `row ${n}/` }),
    fill: () => undefined,
    visible: ({ objects }) => {
      const rows = new Map<string, number>();
      for (const name of objects.names('table/'))
        rows.set(name.slice(0, name.lastIndexOf('/')), fromBytes(int32, objects.object(name) ?? new Uint8Array(0)));
      return [...rows.values()];
    },
    values: [1, 2, 3, 4, 5, 6, 7],
  };
}
holds('the upsert sink', sinkContract(upsertSinkUnderTest));

type AnyReader = SplitReader<unknown, SourceSplit>;
type AnyEnumerator = SplitEnumerator<unknown>;

/** The log source with readers, enumerators or a split serializer that are not what they should be. */
function brokenSource(change: {
  readonly reader?: (reader: AnyReader, split: SourceSplit) => Partial<AnyReader>;
  readonly enumerator?: (enumerator: AnyEnumerator) => Partial<AnyEnumerator>;
  readonly assign?: (subtask: number) => number;
  readonly splits?: Partial<Source['splitSerializer']>;
}): readonly ContractClause[] {
  const source: Source = logSource({ topic: 'numbers', type: int32 });
  const splitSerializer = { ...source.splitSerializer, ...change.splits };
  return sourceContract(() =>
    logUnderTest({
      ...source,
      splitSerializer,
      createEnumerator: (env, restored) => {
        const { assign = (subtask: number): number => subtask } = change;
        const made = source.createEnumerator(
          {
            ...env,
            assign: (subtask, ...splits) => {
              env.assign(assign(subtask), ...splits);
            },
          },
          restored,
        );
        return { run: () => made.run(), snapshot: () => made.snapshot(), ...change.enumerator?.(made) };
      },
      createReader: (split, env) => {
        const made = source.createReader(split, env);
        return {
          poll: () => made.poll(),
          available: () => made.available(),
          snapshot: () => made.snapshot(),
          ...change.reader?.(made, split),
        };
      },
    }),
  );
}

describe('the source contract rejects', () => {
  it('an enumerator that assigns to a reader that is not there', () => {
    expect(broken(brokenSource({ assign: (subtask) => subtask + 1 }))[0]).toContain('assigned once, to a reader');
  });

  it('an enumerator whose state is always that of the beginning', () => {
    const stale = brokenSource({
      enumerator: (made) => {
        const first = made.snapshot();
        return { snapshot: () => first };
      },
    });
    expect(broken(stale)).toEqual([expect.stringContaining('the state of the enumerator')]);
  });

  it('a reader that gives a record twice, or goes on after the end', () => {
    const twice = brokenSource({
      reader: (made) => {
        let last: ReturnType<AnyReader['poll']> = 'nothing';
        let again = true;
        return {
          poll: () => {
            again = !again;
            if (again && typeof last === 'object') return last;
            last = made.poll();
            return last;
          },
        };
      },
    });
    expect(broken(twice)).toContainEqual(expect.stringContaining('in order, with rising positions'));
  });

  it('a reader whose snapshot counts what it has fetched, or counts one short', () => {
    for (const by of [1, -1]) {
      const off = brokenSource({
        reader: (made, split) => ({
          snapshot: () => ({ ...made.snapshot(), position: Math.max(split.position, made.snapshot().position + by) }),
        }),
      });
      expect(broken(off)).toContainEqual(expect.stringContaining('goes on behind the last record'));
    }
  });

  it('a reader that is available when it has nothing, or never', () => {
    expect(broken(brokenSource({ reader: () => ({ available: () => settled() }) }))).toContainEqual(
      expect.stringContaining('available settles when'),
    );
    const never = brokenSource({ reader: () => ({ available: () => new Deferred<void>('nothing ever') }) });
    expect(broken(never)).toContainEqual(expect.stringContaining('available settles when'));
  });

  it('a serializer that loses the position, and one that reads every version', () => {
    const source: Source = logSource({ topic: 'numbers', type: int32 });
    const { splitSerializer: good } = source;
    const loses = { serialize: (split: SourceSplit) => good.serialize({ ...split, position: 0 }) };
    expect(broken(brokenSource({ splits: loses }))).toContainEqual(expect.stringContaining('keep its id and position'));
    const reads = { deserialize: (_: number, bytes: Uint8Array) => good.deserialize(good.version, bytes) };
    expect(broken(brokenSource({ splits: reads }))).toEqual([expect.stringContaining('another version is refused')]);
  });
});

// ---- sinks

const values = [1, 2, 3, 4, 5, 6, 7, 8];

function underTest(sink: SinkUnderTest['sink']): SinkUnderTest {
  return {
    sink,
    values,
    fill: ({ broker }) => {
      broker.createTopic('numbers', 2);
    },
    visible: ({ broker }) => broker.committed('numbers').map(({ bytes }) => fromBytes(int32, bytes)),
  };
}
const exactly: ExactlyOnceSink<number> = logSink({ topic: 'numbers', type: int32 });
const atLeast = atLeastOnceSink({ topic: 'numbers', type: int32 });

holds(
  'the log sink',
  sinkContract(() => underTest(exactly)),
);
holds(
  'the at-least-once sink',
  sinkContract(() => underTest(atLeast)),
);

type AnyWriter = CommittingSinkWriter<number, Committable>;

/** The log sink with a writer or a committer that is not what it should be. */
function brokenSink(
  writer: (made: AnyWriter, env: Parameters<typeof exactly.createWriter>[0]) => Partial<AnyWriter>,
  change: Partial<ExactlyOnceSink<number>> = {},
): readonly ContractClause[] {
  return sinkContract(() =>
    underTest({
      ...exactly,
      createWriter: (env) => {
        const made = exactly.createWriter(env);
        return {
          open: (restored) => made.open(restored),
          write: (value) => {
            made.write(Number(value));
          },
          get dirty() {
            return made.dirty;
          },
          prepareCommit: () => made.prepareCommit(),
          ...writer(made, env),
        };
      },
      ...change,
    }),
  );
}

describe('the sink contract rejects', () => {
  it('a writer that commits what it should prepare', () => {
    const early = brokenSink((made, { job, sink, subtask, ports }) => ({
      *prepareCommit() {
        const prepared = yield* made.prepareCommit();
        const committer = exactly.createCommitter({ job, sink, subtask, ports });
        for (const one of prepared) yield* committer.commit(one);
        return prepared;
      },
    }));
    expect(broken(early)).toContainEqual(expect.stringContaining('not visible before it is committed'));
  });

  it('a committer that does not commit, or takes a refusal for an answer that will change', () => {
    const idle = brokenSink(() => ({}), {
      createCommitter: () => ({
        *commit() {
          return 'committed';
        },
      }),
    });
    expect(broken(idle)).toContainEqual(expect.stringContaining('a commit shows it once'));
    const sure = brokenSink(() => ({}), {
      createCommitter: (env) => ({
        *commit(one) {
          const outcome = yield* exactly.createCommitter(env).commit(one);
          return outcome === 'failed' ? 'already' : outcome;
        },
      }),
    });
    expect(broken(sure)).toEqual([expect.stringContaining('given up by the next attempt')]);
  });

  it('a writer that gives up what the restored checkpoint names', () => {
    const forgets = brokenSink((made) => ({ open: () => made.open([]) }));
    expect(broken(forgets)).toContainEqual(expect.stringContaining('survives its writer'));
  });

  it('a writer that leaves what no checkpoint names', () => {
    const leaves = brokenSink((made, { job, sink, ports }) => ({
      *open() {
        const all = yield* ports.log.transactions(`${job}/${sink}/`);
        yield* made.open(all.map(({ id }) => ({ id })));
      },
    }));
    expect(broken(leaves)).toContainEqual(expect.stringContaining('given up by the next attempt'));
  });

  it('a writer that fences no older one', () => {
    const unfenced = sinkContract(() =>
      underTest({
        ...exactly,
        createWriter: (env) =>
          exactly.createWriter({
            ...env,
            ports: {
              ...env.ports,
              log: {
                partitions: (topic) => env.ports.log.partitions(topic),
                fetch: (topic, partition, offset, most) => env.ports.log.fetch(topic, partition, offset, most),
                append: (topic, partition, records) => env.ports.log.append(topic, partition, records),
                transactions: (prefix) => env.ports.log.transactions(prefix),
                producer: (owner) => env.ports.log.producer(`${owner}/${env.attempt}`),
              },
            },
          }),
      }),
    );
    expect(broken(unfenced)).toContainEqual(expect.stringContaining('of an older attempt'));
  });

  it('a serializer that loses the id', () => {
    const loses = brokenSink(() => ({}), {
      committableSerializer: { version: 1, serialize: () => new Uint8Array(0), deserialize: () => ({ id: 'some' }) },
    });
    expect(broken(loses)).toContainEqual(expect.stringContaining('keep its id'));
  });

  it('a writer that takes an unknown outcome for a success', () => {
    const trusting = sinkContract(() =>
      underTest({
        ...atLeast,
        createWriter: (env) => plainWriter(env.ports.log.append.bind(env.ports.log), false),
      }),
    );
    expect(broken(trusting)).toEqual([expect.stringContaining('over lost replies')]);
  });

  it('a writer that flushes too late, and one that repeats without a failure', () => {
    const lazy = sinkContract(() =>
      underTest({
        ...atLeast,
        createWriter: (env) => {
          const made = atLeast.createWriter(env);
          return {
            open: () => made.open(),
            write: (value) => {
              made.write(Number(value));
            },
            dirty: true,

            *flush() {
              return;
            },
          };
        },
      }),
    );
    expect(broken(lazy)).toContainEqual(expect.stringContaining('what was flushed is visible'));
    const twice = sinkContract(() =>
      underTest({
        ...atLeast,
        createWriter: (env) => plainWriter(env.ports.log.append.bind(env.ports.log), true),
      }),
    );
    expect(broken(twice)).toContainEqual(expect.stringContaining('what was flushed is visible, once'));
  });
});

/** Appends at the flush, and believes an unknown outcome. */
function plainWriter(append: LogBroker['append'], isTwice: boolean): SinkWriter<number> {
  let queue: Uint8Array[] = [];
  return {
    *open() {
      return;
    },
    write: (value) => {
      queue.push(toBytes(int32, value));
    },
    get dirty() {
      return queue.length > 0;
    },
    *flush() {
      const batch = queue;
      queue = [];
      for (let times = 0; times < (isTwice ? 2 : 1); times++) {
        const { kind } = yield* append('numbers', 0, batch);
        if (kind === 'refused') throw new IoError('refused');
      }
    },
  };
}
