/** What a connector of the author's throws is the job's mistake, found at once, and never an engine law. */
import { expect, it } from 'vitest';
import {
  type DataStream,
  defineJob,
  fileSink,
  int32,
  type JobSpec,
  logSink,
  logSource,
  noWatermarks,
  upsertSink,
} from '../../core/api/index.ts';
import { IoError } from '../../core/errors.ts';
import { type Coroutine, Deferred } from '../../core/waiting.ts';
import type { Outcome } from '../outcome.ts';
import type { Plan } from '../plan/plan.ts';
import type { Scenario } from '../plan/scenario.ts';
import { withMembers } from '../testing/with-members.ts';
import { run } from './run.ts';

const out = { uid: 'out' };
const boom = (): never => {
  throw new TypeError('boom');
};

type Reader = ReturnType<ReturnType<typeof logSource<number>>['createReader']>;
type Writer = ReturnType<ReturnType<typeof logSink<number>>['createWriter']>;

type Log = ReturnType<typeof logSource<number>>;
type Enumerator = ReturnType<Log['createEnumerator']>;

function enumerating(source: Log, members: Partial<Enumerator>): Partial<Log> {
  return { createEnumerator: (to, restored) => withMembers(source.createEnumerator(to, restored), members) };
}

function jobFrom(change: (source: Log) => Partial<Log>): JobSpec {
  const source = logSource({ topic: 'in', type: int32 });
  return defineJob('own', (env) => {
    env
      .fromSource(
        { ...source, connector: 'mine', ...change(source) },
        { uid: 'mine', watermarks: noWatermarks({ timestamp: () => 0 }) },
      )
      .sinkTo(logSink({ topic: 'out', type: int32 }), { uid: 'out' });
  });
}

function jobWith(reader: (reader: Reader) => Reader, writer: (writer: Writer) => Writer = (same) => same): JobSpec {
  const source = logSource({ topic: 'in', type: int32 });
  const sink = logSink({ topic: 'out', type: int32 });
  return defineJob('own', (env) => {
    env
      .fromSource(
        { ...source, connector: 'mine', createReader: (split, to) => reader(source.createReader(split, to)) },
        { uid: 'mine', watermarks: noWatermarks({ timestamp: () => 0 }) },
      )
      .sinkTo({ ...sink, connector: 'own', createWriter: (to) => writer(sink.createWriter(to)) }, { uid: 'out' });
  });
}

const reading = (members: Partial<Reader>): JobSpec => jobWith((reader) => withMembers(reader, members));
const writing = (members: Partial<Writer>): JobSpec =>
  jobWith(
    (same) => same,
    (writer) => withMembers(writer, members),
  );

function generated(result: unknown): () => never {
  const body = function* (): Coroutine<unknown> {
    yield* [];
    return result;
  };
  return body as () => never;
}

type Sink = ReturnType<typeof logSink<number>>;
type Committed = ReturnType<Sink['createCommitter']>['commit'];

function jobInto(change: (sink: Sink) => Partial<Sink>): JobSpec {
  const sink = logSink({ topic: 'out', type: int32 });
  return defineJob('own', (env) => {
    env
      .fromSource(logSource({ topic: 'in', type: int32 }), {
        uid: 'in',
        watermarks: noWatermarks({ timestamp: () => 0 }),
      })
      .sinkTo({ ...sink, connector: 'mine', ...change(sink) }, { uid: 'mine' });
  });
}

function ran(job: JobSpec, config: Plan['config'] = {}, restartOnJobFaults = false): Outcome {
  const topics = { in: [[1, 2, 3]] };
  const scenario: Scenario = {
    id: 'own',
    states: '',
    parameters: [],
    build: () => ({ job, topics, confluent: false, restartOnJobFaults }),
    generate: () => topics,
    recordArbitrary: boom,
  };
  const workload = { kind: 'explicit', topics } as const;
  return run(scenario, { scenario: 'own', config, workload, incidents: [], choices: { explicit: [] } });
}

const told = ({ violations }: Outcome): readonly string[] =>
  violations.map(({ law, anomaly, place, message }) => `${law}/${anomaly}/${place}: ${message}`);

it.each([
  ['poll', jobWith((reader) => withMembers(reader, { poll: boom })), 'mine'],
  ['snapshot', jobWith((reader) => withMembers(reader, { snapshot: boom })), 'mine'],
  ['createReader', jobWith(boom), 'mine'],
  [
    'write',
    jobWith(
      (same) => same,
      (writer) => withMembers(writer, { write: boom }),
    ),
    'out',
  ],
  [
    'open',
    jobWith(
      (same) => same,
      (writer) => withMembers(writer, { open: boom }),
    ),
    'out',
  ],
] as const)('an error of %s is a mistake of the job, without restarts', (method, job, uid) => {
  const outcome = ran(job);
  expect(told(outcome)).toEqual([
    `job/threw/${uid}: operator ${uid}: ${method} of the connector threw TypeError: boom`,
  ]);
  expect(outcome.counters.attempts).toBe(1);
});

it.each<readonly [string, (source: Log) => Partial<Log>]>([
  ['createEnumerator', () => ({ createEnumerator: boom })],
  [
    'run of the enumerator',
    (source) =>
      enumerating(source, {
        *run() {
          yield* [];
          boom();
        },
      }),
  ],
  ['snapshot of the enumerator', (source) => enumerating(source, { snapshot: boom })],
  [
    'splitSerializer.serialize',
    ({ splitSerializer }) => ({ splitSerializer: { ...splitSerializer, serialize: boom } }),
  ],
  [
    'splitSerializer.deserialize',
    ({ splitSerializer }) => ({ splitSerializer: { ...splitSerializer, deserialize: boom } }),
  ],
  ['unassigned', () => ({ unassigned: boom })],
  [
    'enumeratorSerializer.serialize',
    ({ enumeratorSerializer }) => ({ enumeratorSerializer: { ...enumeratorSerializer, serialize: boom } }),
  ],
])('an error of %s is one, too, wherever it is called', (method, change) => {
  const outcome = ran(jobFrom(change));
  expect(told(outcome)).toEqual([`job/threw/mine: operator mine: ${method} of the connector threw TypeError: boom`]);
  expect(outcome.counters.attempts).toBe(1);
});

it.each<readonly [string, number, (sink: Sink) => Partial<Sink>]>([
  ['commit', 0, () => ({ createCommitter: () => ({ commit: boom }) })],
  ['commit', 1, () => ({ createCommitter: () => ({ commit: boom }) })],
  ['createWriter', 0, () => ({ createWriter: boom })],
  ['createWriter', 1, () => ({ createWriter: boom })],
  ['createCommitter', 0, () => ({ createCommitter: boom })],
  ['createCommitter', 1, () => ({ createCommitter: boom })],
  [
    'committableSerializer.serialize',
    0,
    ({ committableSerializer }) => ({ committableSerializer: { ...committableSerializer, serialize: boom } }),
  ],
  [
    'committableSerializer.deserialize',
    0,
    ({ committableSerializer }) => ({ committableSerializer: { ...committableSerializer, deserialize: boom } }),
  ],
  [
    'committableSerializer.deserialize',
    1,
    ({ committableSerializer }) => ({ committableSerializer: { ...committableSerializer, deserialize: boom } }),
  ],
])(
  'and one of %s of a sink, in a task, in a checkpoint or behind the last stage of a batch job (%i)',
  (method, executionMode, change) => {
    const outcome = ran(jobInto(change), { executionMode });
    expect(told(outcome)).toEqual([`job/threw/mine: operator mine: ${method} of the connector threw TypeError: boom`]);
  },
);

it.each<readonly [string, Committed]>([
  [
    'asks again after: the ledger is closed',
    () => {
      throw new IoError('the ledger is closed');
    },
  ],
  [`the committer says 'retry' of `, generated('retry')],
])('who waits for a committer says for what: %s', (why, commit) => {
  const { violations } = ran(
    jobInto(() => ({ createCommitter: () => ({ commit }) })),
    { executionMode: 1 },
  );
  expect(violations.map(({ law, anomaly }) => `${law}/${anomaly}`)).toEqual(['settle/stuck']);
  const waits = violations[0]?.evidence.flatMap((item) => (item.kind === 'waits' ? [item.text] : []));
  expect(waits).toContainEqual(
    expect.stringMatching(new RegExp(`^jobmanager: main/job waits for the end of a sleep of .* ms \\(${why}`)),
  );
});

it('what a law cannot read for it is the job’s mistake also where a mistake costs an attempt only', () => {
  const violations = told(
    ran(
      jobFrom(() => ({ unassigned: boom })),
      {},
      true,
    ),
  );
  expect(violations).toEqual(['job/threw/mine: operator mine: unassigned of the connector threw TypeError: boom']);
});

it('an enumerator assigns to subtasks that there are', () => {
  const job = jobFrom((source) => ({
    createEnumerator: (to, restored) =>
      source.createEnumerator({ ...to, assign: (subtask, ...splits) => to.assign(subtask + 7, ...splits) }, restored),
  }));
  expect(told(ran(job))).toEqual([
    expect.stringMatching(
      /^job\/bad-result\/mine: operator mine: assign was called for subtask 7; the source has subtasks 0 to \d$/,
    ),
  ]);
});

/** What a JavaScript user writes, or one who has cast. */
const wrong = (result: unknown) => (): never => result as never;
const promised = wrong(Promise.resolve());

it.each<readonly [string, string, JobSpec]>([
  ['createReader of the connector returned undefined', 'poll, available, snapshot', jobWith(wrong(undefined))],
  ['poll of the connector returned undefined', `'nothing', 'end' or a record`, reading({ poll: wrong(undefined) })],
  ['poll of the connector returned {"value":1}', `its position a whole number`, reading({ poll: wrong({ value: 1 }) })],
  ['poll of the connector returned a promise', 'function*', reading({ poll: promised })],
  [
    'available of the connector returned undefined',
    'settled()',
    reading({ poll: wrong('nothing'), available: wrong(undefined) }),
  ],
  ['snapshot of the connector returned {', 'a split { id, position }', reading({ snapshot: wrong({}) })],
  ['write of the connector returned a promise', 'function*', writing({ write: promised })],
  ['open of the connector returned undefined', 'function*', writing({ open: wrong(undefined) })],
  [
    'prepareCommit of the connector returned undefined',
    'committables',
    writing({ prepareCommit: generated(undefined) }),
  ],
  [
    'createWriter of the connector returned {',
    'open, write, prepareCommit',
    jobInto(() => ({ createWriter: wrong({}) })),
  ],
  ['createCommitter of the connector returned {', 'commit', jobInto(() => ({ createCommitter: wrong({}) }))],
  [
    'commit of the connector returned undefined',
    `'retry'`,
    jobInto(() => ({ createCommitter: () => ({ commit: generated(undefined) }) })),
  ],
  [
    'commit of the connector returned a promise',
    'function*',
    jobInto(() => ({ createCommitter: () => ({ commit: promised }) })),
  ],
  [
    'run of the enumerator of the connector returned a promise',
    'function*',
    jobFrom((source) => enumerating(source, { run: promised })),
  ],
  [
    'snapshot of the enumerator of the connector returned undefined',
    'its state',
    jobFrom((source) => enumerating(source, { snapshot: wrong(undefined) })),
  ],
  ['createEnumerator of the connector returned {', 'run, snapshot', jobFrom(() => ({ createEnumerator: wrong({}) }))],
  ['unassigned of the connector returned {', 'a list of splits', jobFrom(() => ({ unassigned: wrong({}) }))],
  [
    'splitSerializer.serialize of the connector returned "x"',
    'a Uint8Array',
    jobFrom(({ splitSerializer }) => ({ splitSerializer: { ...splitSerializer, serialize: wrong('x') } })),
  ],
])('%s: refused, with what it has to be', (did, remedy, job) => {
  const outcome = ran(job);
  expect(told(outcome)).toEqual([expect.stringMatching(/^job\/(?:bad-result|async)\/(?:mine|out): operator /)]);
  expect(told(outcome)[0]).toContain(did);
  expect(told(outcome)[0]).toContain(remedy);
  expect(outcome.counters.attempts).toBe(1);
});

it('the clock of the platform: a connector is told of its own, and once', () => {
  const job = reading({
    poll: () => {
      throw new Error(String(Date.now()));
    },
  });
  const [first = '', ...others] = told(ran(job));
  expect(others).toEqual([]);
  expect(first).toMatch(/^job\/platform-call\/mine: operator mine: Date\.now\(\) was called in a simulated run/);
  expect(first.split('in a connector, ports.clock and ports.random of its env')).toHaveLength(2);
});

it('positions of a split rise with every record', () => {
  const job = reading({ poll: () => ({ value: 1, position: 0 }) });
  expect(told(ran(job))).toEqual([
    expect.stringMatching(
      /^job\/bad-result\/mine: .*poll of the connector gave position 0 of split .*, where 1 is the least/,
    ),
  ]);
});

it('what a connector uses of the engine wrongly is its mistake, and not a bug of the engine', () => {
  const job = jobWith((reader) =>
    withMembers(reader, {
      poll: () => {
        const once = new Deferred<void>('an empty queue');
        once.resolve();
        once.resolve();
        return 'end';
      },
    }),
  );
  expect(told(ran(job))).toEqual([
    'job/threw/mine: operator mine: poll of the connector threw EngineBug: settled twice: an empty queue',
  ]);
});

it.each<readonly [string, string, (stream: DataStream<number>) => void]>([
  ['bucketOf', 'threw', (stream) => stream.sinkTo(fileSink({ path: 'lake', type: int32, bucketOf: boom }), out)],
  [
    'bucketOf',
    'returned ".x"',
    (stream) => stream.sinkTo(fileSink({ path: 'lake', type: int32, bucketOf: () => '.x' }), out),
  ],
  ['key', 'threw', (stream) => stream.sinkTo(upsertSink({ table: 'table', type: int32, key: boom }), out)],
  ['key', 'returned ""', (stream) => stream.sinkTo(upsertSink({ table: 'table', type: int32, key: () => '' }), out)],
])("%s of a sink of ours is the author's function: it %s", (name, did, sinkTo) => {
  const job = defineJob('own', (env) => {
    const watermarks = noWatermarks({ timestamp: () => 0 });
    sinkTo(env.fromSource(logSource({ topic: 'in', type: int32 }), { uid: 'in', watermarks }));
  });
  const outcome = ran(job);
  expect(told(outcome)).toEqual([expect.stringMatching(/^job\/(?:threw|bad-result)\/out: operator out: /)]);
  expect(told(outcome)[0]).toContain(`${name} ${did}`);
  expect(outcome.counters.attempts).toBe(1);
});

it('a coroutine that a reader has begun is code of the connector, too', () => {
  const source = logSource({ topic: 'in', type: int32 });
  const late = function* (): Coroutine<void> {
    yield* [];
    boom();
  };
  const job = defineJob('own', (env) => {
    env
      .fromSource(
        {
          ...source,
          connector: 'mine',
          createReader: (split, to) => {
            to.scope.spawn('fetch', late());
            return source.createReader(split, to);
          },
        },
        { uid: 'mine', watermarks: noWatermarks({ timestamp: () => 0 }) },
      )
      .sinkTo(logSink({ topic: 'out', type: int32 }), { uid: 'out' });
  });
  expect(told(ran(job))).toEqual([expect.stringMatching(/^job\/threw\/mine: .*coroutine "fetch" of the reader/)]);
});

it('an error of a service, which the contract names, costs an attempt', () => {
  let refused = 0;
  const job = jobWith((reader) =>
    withMembers(reader, {
      poll: () => {
        if (refused++ === 0) throw new IoError('the service is away');
        return reader.poll();
      },
    }),
  );
  const outcome = ran(job);
  expect(told(outcome)).toEqual([]);
  expect(outcome.counters.attempts).toBe(2);
});
