import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Fetched, LogBroker, Producer } from '../../core/ports.ts';
import type { Coroutine, Pending } from '../../core/waiting.ts';
import { brokerContract } from './testing/broker.contract.ts';
import { bytes, failure, text } from '../contract.ts';
import { Stage } from './testing/stage.ts';
import type { StageOptions } from './testing/stage.ts';

/** `input`: a bounded partition with a, b and c. `output`: two empty ones. */
function stageWithTopics(options: StageOptions = {}): Stage {
  const stage = new Stage(options);
  stage.universe.broker.createTopic('input', 1);
  stage.universe.broker.seed('input', 0, [bytes('a'), bytes('b'), bytes('c')]);
  stage.universe.broker.createTopic('output', 2);
  return stage;
}

for (const { law, check } of brokerContract) {
  it(`broker: ${law}`, () => {
    stageWithTopics().play((_, driver) => check(driver.log));
  });
  it(`broker under jitter: ${law}`, () => {
    for (const seed of ['1', '2', '3']) {
      stageWithTopics({ world: { brokerJitterUs: 4_000 }, choices: { seed } }).play((_, driver) => check(driver.log));
    }
  });
}

const values = ({ records }: Fetched): string[] => records.map((record) => text(record.bytes));

it('seeded record i becomes visible at i x interval, and a fetch is answered then, without polling', () => {
  const stage = stageWithTopics({ world: { recordIntervalUs: 10_000, brokerLatencyUs: 100, stepCostUs: 0 } });
  stage.play(function* ({ universe }, { log }) {
    const seen: [string, number][] = [];
    const eventsBefore = universe.kernel.events;
    for (let offset = 0; offset < 3; offset += 1) {
      const fetched = yield* log.fetch('input', 0, offset, 9);
      seen.push([values(fetched).join(), universe.nowUs]);
    }
    expect(seen).toEqual([
      ['a', 100],
      ['b', 10_050],
      ['c', 20_050],
    ]);
    expect(universe.kernel.events - eventsBefore).toBeLessThan(12);
    expect(values(yield* log.fetch('input', 0, 0, 2))).toEqual(['a', 'b']);
  });
});

it('a quiet stretch puts off a record and all behind it, in the partition that was drawn', () => {
  const stage = new Stage({
    world: { recordIntervalUs: 1_000, quietPer1000: 1, quietMs: 50, stepCostUs: 0, brokerLatencyUs: 0 },
    choices: { explicit: [{ label: 'quiet/input[1]', k: 1, value: 1 }] },
  });
  stage.universe.broker.createTopic('input', 2);
  const seeds = Array.from({ length: 40 }, () => bytes('x'));
  for (const partition of [0, 1]) stage.universe.broker.seed('input', partition, seeds);
  stage.play(function* ({ universe }, { log }) {
    const visibleAt = function* (partition: number, offset: number): Coroutine<number> {
      yield* log.fetch('input', partition, offset, 1);
      return universe.nowUs;
    };
    expect(yield* visibleAt(0, 16)).toBe(16_000);
    expect(yield* visibleAt(1, 15)).toBe(16_000);
    expect(yield* visibleAt(1, 16)).toBe(66_000);
    expect(yield* visibleAt(1, 39)).toBe(89_000);
  });
});

it('a partition of a growing topic is there from the time that was drawn on', () => {
  const world = { addedPartitionPer1000: 1, addedPartitionMs: 50, stepCostUs: 0, brokerLatencyUs: 0 };
  const explicit = [
    { label: 'added-partition/input[1]', k: 0, value: 1 },
    { label: 'added-partition/input[1]', k: 1, value: 30 },
  ];
  const stage = new Stage({ world, choices: { explicit } });
  const { broker } = stage.universe;
  broker.createTopic('input', 3, true);
  broker.createTopic('fixed', 3);
  for (const partition of [0, 1, 2]) broker.seed('input', partition, [bytes('x')], true);
  stage.play(function* ({ universe }, { clock, log }) {
    expect(yield* log.partitions('input')).toBe(1);
    expect(yield* log.partitions('fixed')).toBe(3);
    expect(yield* failure(log.fetch('input', 1, 0, 9), 'fetch')).toBe('IoError');
    yield* clock.sleep(29);
    expect(yield* log.partitions('input')).toBe(1);
    yield* clock.sleep(1);
    // The next one was there all the time, but for the number before it.
    expect(yield* log.partitions('input')).toBe(3);
    expect(values(yield* log.fetch('input', 1, 0, 9))).toEqual(['x']);
    expect([29_999, 30_000].map((us) => universe.broker.partitionsAt('input', us))).toEqual([1, 3]);
  });
});

it('an unbounded seeded partition takes more records; readers see the seeds first', () => {
  const stage = stageWithTopics({ world: { recordIntervalUs: 50_000 } });
  stage.universe.broker.createTopic('both', 1);
  stage.universe.broker.seed('both', 0, [bytes('a'), bytes('b')], true);
  stage.play(function* (_stage, { log }) {
    const producer = yield* log.producer('p');
    yield* committed(producer, 't', 'both', 'x');
    expect(values(yield* log.fetch('both', 0, 0, 9))).toEqual(['a']);
    // What becomes visible by itself is answered as of its time, without what was appended meanwhile.
    expect(values(yield* log.fetch('both', 0, 1, 9))).toEqual(['b']);
    expect(values(yield* log.fetch('both', 0, 2, 9))).toEqual(['x']);
    expect((yield* log.fetch('both', 0, 1, 9)).endOffset).toBe(-1);
  });
});

it('an empty bounded partition has ended', () => {
  const stage = stageWithTopics();
  stage.universe.broker.createTopic('empty', 1);
  stage.universe.broker.seed('empty', 0, []);
  stage.play(function* (_stage, { log }) {
    expect(yield* log.fetch('empty', 0, 0, 9)).toEqual({ records: [], endOffset: 0 });
  });
});

it('a bounded partition may end behind its last record', () => {
  const stage = new Stage({
    world: { recordlessTailMax: 5, recordIntervalUs: 1_000 },
    choices: {
      explicit: [
        { label: 'recordless-tail/input[0]', k: 0, value: 2 },
        { label: 'recordless-tail/input[1]', k: 0, value: 3 },
      ],
    },
  });
  const { broker } = stage.universe;
  broker.createTopic('input', 3);
  broker.seed('input', 0, [bytes('a'), bytes('b')]);
  broker.seed('input', 1, []);
  broker.seed('input', 2, [bytes('a')], true);
  stage.play(function* (_stage, { log }) {
    expect(values(yield* log.fetch('input', 0, 0, 9))).toEqual(['a']);
    expect(yield* log.fetch('input', 0, 1, 9)).toMatchObject({ records: [{ offset: 1 }], endOffset: 4 });
    expect(yield* log.fetch('input', 0, 2, 9)).toEqual({ records: [], endOffset: 4 });
    expect(yield* log.fetch('input', 0, 4, 9)).toEqual({ records: [], endOffset: 4 });
    expect(yield* log.fetch('input', 1, 0, 9)).toEqual({ records: [], endOffset: 3 });
    expect((yield* log.fetch('input', 2, 0, 9)).endOffset).toBe(-1);
  });
});

it('several readers that wait at a partition are all answered by one commit', () => {
  stageWithTopics().play(function* (stage, { log }) {
    const waiting = [log, stage.ports('one').log, stage.ports('other').log].map((at) => at.fetch('output', 0, 0, 9));
    const behind = log.fetch('output', 0, 1, 9);
    yield* committed(yield* log.producer('p'), 't', 'output', 'x');
    for (const fetched of waiting) expect(values(yield* fetched)).toEqual(['x']);
    expect(behind.settled).toBe(false);
    yield* committed(yield* log.producer('p'), 'u', 'output', 'y');
    expect(values(yield* behind)).toEqual(['y']);
  });
});

it('the broker aborts an open transaction that long after its last append, and readers go on', () => {
  const world = { brokerTransactionTimeoutMs: 100 };
  stageWithTopics({ world }).play(function* ({ universe }, { clock, log }) {
    const [p, q] = [yield* log.producer('p'), yield* log.producer('q')];
    yield* p.append('slow', 'output', 0, [bytes('x')]);
    yield* committed(q, 't', 'output', 'y');
    yield* clock.sleep(60);
    yield* p.append('slow', 'output', 0, [bytes('z')]);
    const fetched = log.fetch('output', 0, 0, 9);
    yield* clock.sleep(90);
    expect(fetched.settled).toBe(false);
    expect(values(yield* fetched)).toEqual(['y']);
    expect(universe.nowUs / 1000).toBeLessThan(175);
    expect(yield* p.prepare('slow')).toEqual({ kind: 'refused' });
  });
});

it('a prepared transaction does not time out', () => {
  stageWithTopics({ world: { brokerTransactionTimeoutMs: 100 } }).play(function* (_stage, { clock, log }) {
    const producer = yield* log.producer('p');
    yield* producer.append('t', 'output', 0, [bytes('x')]);
    yield* producer.prepare('t');
    yield* clock.sleep(1_000);
    expect(yield* producer.commit('t')).toEqual({ kind: 'written' });
  });
});

const lost = (k: number, requestToo: boolean) => [
  { label: 'broker@host-driver/lost-reply', k, value: 1 },
  { label: 'broker@host-driver/lost-request', k: 0, value: requestToo ? 1 : 0 },
];

it.each([
  ['append', 0, true, 'open'],
  ['append', 0, false, undefined],
  ['prepare', 1, true, 'prepared'],
  ['prepare', 1, false, 'open'],
  ['commit', 2, true, 'committed'],
  ['commit', 2, false, 'prepared'],
] as const)('%s (write %i) whose reply is lost is unknown; applied: %s', (_, nth, applied, state) => {
  const explicit = lost(nth, !applied);
  stageWithTopics({ world: { lostReplyPer1000: 1 }, choices: { explicit } }).play(function* ({ universe }, { log }) {
    const producer = yield* log.producer('p');
    const writes: ((of: Producer) => Pending<{ readonly kind: string }>)[] = [
      (of) => of.append('t', 'output', 0, [bytes('x')]),
      (of) => of.prepare('t'),
      (of) => of.commit('t'),
    ];
    const kinds: string[] = [];
    for (const write of writes.slice(0, nth + 1)) kinds.push((yield* write(producer)).kind);
    expect(kinds).toEqual([...new Array<string>(nth).fill('written'), 'unknown']);
    expect(universe.broker.transactionStates()[0]?.state).toBe(state);
    if (nth > 0) expect((yield* writes[nth]!(producer)).kind).toBe('written');
  });
});

it('an abort whose reply is lost is unknown, and asking again settles it', () => {
  const explicit = lost(1, true);
  stageWithTopics({ world: { lostReplyPer1000: 1 }, choices: { explicit } }).play(function* ({ universe }, { log }) {
    const producer = yield* log.producer('p');
    yield* producer.append('t', 'output', 0, [bytes('x')]);
    expect(yield* producer.abort('t')).toEqual({ kind: 'unknown' });
    expect(universe.broker.transactionStates()).toEqual([{ id: 't', owner: 'p', state: 'open' }]);
    expect(yield* producer.abort('t')).toEqual({ kind: 'written' });
    expect(universe.broker.transactionStates()).toEqual([{ id: 't', owner: 'p', state: 'aborted' }]);
  });
});

it('a commit that was under way when its process died is applied, and committing again changes nothing', () => {
  const stage = stageWithTopics({
    world: { brokerLatencyUs: 4_000 },
    incidents: [{ what: { kind: 'kill', process: 'one', restartAfterMs: 10 }, when: { kind: 'time', ms: 101 } }],
  });
  stage.play(function* ({ universe }, { clock, log }) {
    const producer = yield* stage.ports('one').log.producer('p');
    yield* producer.append('t', 'output', 0, [bytes('x')]);
    yield* producer.prepare('t');
    yield* clock.sleep(100 - universe.nowUs / 1000);
    const commit = producer.commit('t');
    yield* clock.sleep(100);
    expect(commit.settled).toBe(false);
    expect(universe.broker.committed('output')).toHaveLength(1);
    expect(yield* (yield* log.producer('p')).commit('t')).toEqual({ kind: 'written' });
    expect(universe.broker.committed('output')).toHaveLength(1);
  });
});

it('a request of a dead process that arrives after its owner was fenced is refused', () => {
  const explicit = [{ label: 'broker@host-one/jitter', k: 1, value: 50_000 }];
  const stage = stageWithTopics({
    world: { brokerJitterUs: 50_000 },
    choices: { explicit },
    incidents: [{ what: { kind: 'kill', process: 'one', restartAfterMs: 10 }, when: { kind: 'time', ms: 10 } }],
  });
  stage.play(function* ({ universe }, { clock, log }) {
    const producer = yield* stage.ports('one').log.producer('p');
    producer.append('t', 'output', 0, [bytes('late')]);
    yield* clock.sleep(12);
    yield* log.producer('p');
    yield* clock.sleep(100);
    expect(universe.broker.transactionStates()).toEqual([]);
  });
});

it('listeners are notified of each commit once, as a whole, in the event that applies it and before any reader', () => {
  const stage = stageWithTopics();
  const { broker } = stage.universe;
  const heard: string[] = [];
  broker.onCommitted(({ transaction, owner, records }) => {
    expect(broker.transactionStates().find(({ id }) => id === transaction)?.state).toBe('committed');
    heard.push(
      `${owner}/${transaction}: ${records.map((r) => `${r.topic}[${r.partition}]@${r.offset}=${text(r.bytes)}`).join(' ')}`,
    );
  });
  stage.play(function* (_stage, { log }) {
    const producer = yield* log.producer('p');
    yield* producer.append('t', 'output', 1, [bytes('x'), bytes('y')]);
    yield* producer.append('bad', 'output', 1, [bytes('-')]);
    yield* producer.append('t', 'output', 0, [bytes('z')]);
    yield* producer.append('t', 'output', 1, [bytes('w')]);
    yield* producer.abort('bad');
    yield* producer.prepare('t');
    const fetched = log.fetch('output', 0, 0, 9);
    yield* producer.commit('t');
    yield* producer.commit('t');
    yield* fetched;
  });
  expect(heard).toEqual(['p/t: output[1]@0=x output[1]@1=y output[0]@0=z output[1]@3=w']);
  expect(broker.committed('output').map((record) => text(record.bytes))).toEqual(['x', 'y', 'z', 'w']);
  expect(broker.committed('input')).toEqual([]);
});

it('committed records are in the order of commits, not of appends', () => {
  const stage = stageWithTopics();
  stage.play(function* (_stage, { log }) {
    const [p, q] = [yield* log.producer('p'), yield* log.producer('q')];
    yield* p.append('first', 'output', 0, [bytes('1')]);
    yield* committed(q, 'second', 'output', '2');
    yield* p.prepare('first');
    yield* p.commit('first');
  });
  expect(stage.universe.broker.committed('output').map(({ offset, bytes: of }) => [offset, text(of)])).toEqual([
    [1, '2'],
    [0, '1'],
  ]);
});

it('changing one seeded record changes the digest of a run that never reads it', () => {
  const digestOf = (value: string): string => {
    const stage = new Stage();
    stage.universe.broker.createTopic('input', 1);
    stage.universe.broker.seed('input', 0, [bytes(value)]);
    stage.play(function* (_stage, { log }) {
      yield* log.partitions('input');
    });
    return stage.universe.digest;
  };
  expect(digestOf('x')).toBe(digestOf('x'));
  expect(digestOf('x')).not.toBe(digestOf('y'));
});

// A transaction is a few appends and a fate. For any interleaving, a reader that follows the log sees exactly the
// committed records, each once, in order of append.
it('a reader that follows a partition sees the committed records in log order, for any interleaving of transactions', () => {
  const fate = fc.constantFrom('commit', 'abort', 'time-out');
  const steps = fc.array(fc.record({ transaction: fc.nat(4), settle: fc.boolean() }), { maxLength: 25 });
  const run = fc.property(steps, fc.array(fate, { minLength: 5, maxLength: 5 }), fc.string(), (script, fates, seed) => {
    const stage = stageWithTopics({
      world: { brokerJitterUs: 2_000, brokerTransactionTimeoutMs: 200 },
      choices: { seed },
    });
    const log: { readonly value: string; readonly transaction: number }[] = [];
    const settled = new Set<number>();
    const read: string[] = [];
    stage.play(function* (_stage, driver) {
      const reader = stage.ports('one');
      reader.scope.spawn('reader', follow(reader.log, read));
      const producer = yield* driver.log.producer('p');
      for (const { transaction, settle } of script) {
        if (settled.has(transaction)) continue;
        const value = `${transaction}:${log.length}`;
        log.push({ value, transaction });
        yield* producer.append(String(transaction), 'output', 0, [bytes(value)]);
        if (!settle) continue;
        settled.add(transaction);
        if (fates[transaction] === 'abort') yield* producer.abort(String(transaction));
        if (fates[transaction] !== 'commit') continue;
        yield* producer.prepare(String(transaction));
        yield* producer.commit(String(transaction));
      }
      yield* driver.clock.sleep(300); // what is still open times out
    });
    const wanted = log.filter(({ transaction }) => settled.has(transaction) && fates[transaction] === 'commit');
    expect(read).toEqual(wanted.map(({ value }) => value));
  });
  fc.assert(run, { seed: 20260726, numRuns: 60 });
});

function* follow(log: LogBroker, into: string[]): Coroutine<void> {
  for (let offset = 0; ;) {
    const { records } = yield* log.fetch('output', 0, offset, 3);
    for (const record of records) {
      into.push(text(record.bytes));
      offset = record.offset + 1;
    }
  }
}

function* committed(producer: Producer, id: string, topic: string, value: string): Coroutine<void> {
  yield* producer.append(id, topic, 0, [bytes(value)]);
  yield* producer.prepare(id);
  yield* producer.commit(id);
}

it('an append outside transactions is visible at once, to listeners and to readers that wait, behind what is open before it', () => {
  const stage = stageWithTopics();
  const { broker } = stage.universe;
  const heard: unknown[] = [];
  broker.onCommitted(({ transaction, records }) => heard.push(transaction, ...records.map((r) => r.offset)));
  stage.play(function* (_stage, { log }) {
    const waiting = log.fetch('output', 0, 0, 9);
    expect(yield* log.append('output', 0, [bytes('x'), bytes('y')])).toEqual({ kind: 'written' });
    expect((yield* waiting).records.map((r) => text(r.bytes))).toEqual(['x', 'y']);
    const producer = yield* log.producer('p');
    yield* producer.append('t', 'output', 0, [bytes('t')]);
    yield* log.append('output', 0, [bytes('z')]);
    yield* producer.abort('t');
    expect((yield* log.fetch('output', 0, 2, 9)).records.map((r) => text(r.bytes))).toEqual(['z']);
  });
  expect(heard).toEqual([undefined, 0, 1, undefined, 3]);
  expect(broker.committed('output').map((r) => text(r.bytes))).toEqual(['x', 'y', 'z']);
});
