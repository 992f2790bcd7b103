/**
 * What every `Sink` promises (FLIP-143), against services that lose replies. Give `sinkContract` a function that makes a sink
 * and says what can be seen of its output; run each clause as a test:
 *
 *     for (const { name, check } of sinkContract(make)) it(name, check);
 *
 * The last clause runs a small job: batches with a checkpoint behind each, attempts that fail, by themselves and by force,
 * committables that are stored as bytes and committed again.
 */
import type {
  AtLeastOnceSink,
  Committable,
  Committer,
  ExactlyOnceSink,
  Sink,
  WriterEnv,
} from '../../core/connectors/sink.ts';
import { Cancelled, IoError, rethrowKilled } from '../../core/errors.ts';
import { type Coroutine, Deferred, type Scope } from '../../core/waiting.ts';
import type { Universe } from '../../sim/universe.ts';
import type { WorldConfig } from '../../sim/world-config.ts';
import { canonical } from '../model/equal.ts';
import { type ContractClause, failureOf, inWorld, promise, type Room } from './connector-world.ts';

export interface SinkUnderTest {
  readonly sink: Sink;
  /** Makes what it writes to. */
  readonly fill: (universe: Universe) => void;
  /** Everything that a reader may see of its output now. */
  readonly visible: (universe: Universe) => readonly unknown[];
  /** At least six values, all different. */
  readonly values: readonly unknown[];
}

const JOB = 'contract';
const UID = 'out';
const SEEDS = ['1', '2', '3', '4', '5', '6', '7', '8'];
const LOSSY: Partial<WorldConfig> = { lostReplyPer1000: 150 };

export function sinkContract(make: () => SinkUnderTest): readonly ContractClause[] {
  const { sink } = make();
  const clause = (name: string, body: (stage: Stage) => Coroutine<void>): ContractClause => ({
    name,
    check: () => {
      play(make(), {}, body);
    },
  });
  const overLostReplies = (name: string): ContractClause => ({
    name,
    check: () => {
      for (const seed of SEEDS) play(make(), { seed, world: LOSSY }, smallJob);
    },
  });
  if (sink.delivery === 'at-least-once') {
    return [
      clause('what was flushed is visible, once, and nothing else is', (stage) => flushes(stage, sink)),
      overLostReplies(
        'over lost replies and failed attempts nothing is missing, and nothing comes more often than it was written',
      ),
    ];
  }
  return [
    clause('what is written or prepared is not visible before it is committed', invisible),
    clause('a commit shows it once, however often and by however many committers it is asked', commitsOnce),
    clause('what is prepared survives its writer, if the restored checkpoint names it', survives),
    clause('what no checkpoint names is given up by the next attempt, which says so, and cannot be committed', givesUp),
    clause('a writer of an older attempt can bring out nothing more', fences),
    clause('nothing new, nothing prepared; ids differ; the bytes of a committable keep its id', keepsIds),
    overLostReplies('over lost replies and failed attempts everything is visible exactly once'),
  ];
}

interface Stage extends Room {
  readonly subject: SinkUnderTest;
  readonly visible: () => readonly unknown[];
}

function play(
  subject: SinkUnderTest,
  options: { readonly seed?: string; readonly world?: Partial<WorldConfig> },
  body: (stage: Stage) => Coroutine<void>,
): void {
  let universe: Universe | undefined;
  const fill = (made: Universe): void => {
    universe = made;
    subject.fill(made);
  };
  inWorld({ ...options, fill }, (room) =>
    body({ ...room, subject, visible: () => (universe === undefined ? [] : subject.visible(universe)) }),
  );
}

function exactlyOnce({ subject: { sink } }: Stage): ExactlyOnceSink {
  promise(sink.delivery === 'exactly-once', 'the sink changes its guarantee from one to the next');
  return sink;
}

function envOf(
  stage: Stage,
  attempt: number,
  scope: Scope = stage.ports.scope,
  aborted: (id: string) => void = () => undefined,
): WriterEnv {
  return {
    job: JOB,
    sink: UID,
    subtask: 0,
    parallelism: 1,
    attempt,
    subtasksMax: 2,
    ports: stage.connector,
    scope,
    aborted,
  };
}

function committerOf(stage: Stage, subtask: number | undefined): Committer<Committable> {
  return exactlyOnce(stage).createCommitter({ job: JOB, sink: UID, subtask, ports: stage.connector });
}

function same(stage: Stage, values: readonly unknown[], when: string): void {
  const text = (all: readonly unknown[]): string => all.map(canonical).toSorted().join(', ');
  const visible = text(stage.visible());
  promise(visible === text(values), `${when}: visible is ${visible}, not ${text(values)}`);
}

/** Writes all and prepares. */
function* prepared(
  stage: Stage,
  attempt: number,
  restored: readonly Committable[],
  values: readonly unknown[],
  aborted?: (id: string) => void,
): Coroutine<readonly Committable[]> {
  const writer = exactlyOnce(stage).createWriter(envOf(stage, attempt, stage.ports.scope, aborted));
  yield* writer.open(restored);
  for (const value of values) writer.write(value);
  promise(writer.dirty === values.length > 0, 'dirty does not say whether something was written');
  const committables = yield* writer.prepareCommit();
  promise(!writer.dirty, 'dirty after everything is prepared');
  return committables;
}

/** Until the answer is known. */
function* commit(committer: Committer<Committable>, committable: Committable): Coroutine<string> {
  for (;;) {
    const outcome = yield* committer.commit(committable);
    if (outcome !== 'retry') return outcome;
  }
}

// ---- exactly once

function* invisible(stage: Stage): Coroutine<void> {
  const committables = yield* prepared(stage, 1, [], stage.subject.values);
  promise(committables.length > 0, 'records were written, yet there is nothing to commit');
  yield* stage.ports.clock.sleep(100);
  same(stage, [], 'before the commit');
}

function* commitsOnce(stage: Stage): Coroutine<void> {
  const committables = yield* prepared(stage, 1, [], stage.subject.values);
  for (const subtask of [0, 0, 1, undefined]) {
    const committer = committerOf(stage, subtask);
    for (let times = 0; times < 2; times++) {
      for (const committable of committables) {
        const outcome = yield* commit(committer, committable);
        promise(
          outcome === 'committed' || outcome === 'already',
          `${committable.id}: a commit was answered ${outcome}`,
        );
      }
      same(stage, stage.subject.values, 'after a commit');
    }
  }
}

function* survives(stage: Stage): Coroutine<void> {
  const { values } = stage.subject;
  const first = yield* prepared(stage, 1, [], values.slice(0, 3));
  const second = yield* prepared(stage, 2, first, values.slice(3));
  for (const one of [...first, ...second]) {
    const outcome = yield* commit(committerOf(stage, 0), one);
    promise(outcome === 'committed', `${one.id} of a restored checkpoint: the commit was answered ${outcome}`);
  }
  same(stage, values, 'after both attempts have committed');
}

function* givesUp(stage: Stage): Coroutine<void> {
  const { values } = stage.subject;
  const left = yield* prepared(stage, 1, [], values.slice(0, 3));
  const aborted: string[] = [];
  yield* prepared(stage, 2, [], [], (id) => aborted.push(id));
  for (const { id } of left)
    promise(aborted.includes(id), `${id} was left by an older attempt, and no one says that it is given up`);
  for (const one of left) {
    const outcome = yield* commit(committerOf(stage, 0), one);
    promise(outcome === 'failed', `${one.id} was given up, yet its commit was answered ${outcome}`);
  }
  same(stage, [], 'after what was left is given up');
}

function* fences(stage: Stage): Coroutine<void> {
  const sink = exactlyOnce(stage);
  let failed = false;
  const scope = stage.ports.scope.child('old attempt', () => {
    failed = true;
  });
  const old = sink.createWriter(envOf(stage, 1, scope));
  yield* old.open([]);
  yield* sink.createWriter(envOf(stage, 2)).open([]);
  for (const value of stage.subject.values) old.write(value);
  const pending = scope.spawn('prepare', failureOf(old.prepareCommit()));
  // It may fail in the call, or in a coroutine of its own, and then the call never ends.
  for (let waited = 0; waited < 100 && !pending.settled && !failed; waited++) yield* stage.ports.clock.sleep(10);
  const refused = failed || (pending.settled && pending.take() !== undefined);
  scope.cancel();
  promise(refused, 'a writer of an older attempt can still prepare');
  same(stage, [], 'after an older attempt has tried to write');
}

function* keepsIds(stage: Stage): Coroutine<void> {
  const { committableSerializer } = exactlyOnce(stage);
  const { values } = stage.subject;
  promise((yield* prepared(stage, 1, [], [])).length === 0, 'nothing was written, yet there is something to commit');
  const all = [...(yield* prepared(stage, 2, [], values.slice(0, 2)))];
  all.push(...(yield* prepared(stage, 3, all, values.slice(2))));
  promise(new Set(all.map(({ id }) => id)).size === all.length, 'two committables have one id');
  for (const one of all) {
    const { id } = committableSerializer.deserialize(
      committableSerializer.version,
      committableSerializer.serialize(one),
    );
    promise(id === one.id, `committable ${one.id} comes back from its bytes as ${id}`);
  }
}

// ---- at least once

function* flushes(stage: Stage, { createWriter }: Pick<AtLeastOnceSink, 'createWriter'>): Coroutine<void> {
  const { values } = stage.subject;
  const writer = createWriter(envOf(stage, 1));
  yield* writer.open();
  for (const [i, value] of values.entries()) {
    writer.write(value);
    if (i % 2 === 0) continue;
    promise(writer.dirty, 'something was written, yet it is not dirty');
    yield* writer.flush();
    promise(!writer.dirty, 'dirty after the flush');
    same(stage, values.slice(0, i + 1), 'after a flush');
  }
}

// ---- a small job

const BATCH = 2;
const ATTEMPTS_MAX = 200;

interface Checkpoint {
  /** Values that were written before it. */
  readonly written: number;
  readonly committables: readonly Committable[];
}

/** Attempts until one comes to the end; every third one is made to fail between its checkpoint and the commit. */
function* smallJob(stage: Stage): Coroutine<void> {
  const { values } = stage.subject;
  const writes = new Map<string, number>();
  let restored: Checkpoint = { written: 0, committables: [] };
  for (let attempt = 1; restored.written < values.length || restored.committables.length > 0; attempt++) {
    promise(attempt < ATTEMPTS_MAX, 'the job does not get on: each attempt fails');
    const over = new Deferred<void>('the end of the attempt');
    const end = (): void => {
      if (!over.settled) over.resolve();
    };
    const scope = stage.ports.scope.child(`attempt ${attempt}`, (error) => {
      failedBy(error);
      end();
    });
    scope.spawn(
      'attempt',
      attemptOf(stage, { attempt, scope, writes, restored, completed: (one) => (restored = one), end }),
    );
    yield* over;
    scope.cancel();
    yield* stage.ports.clock.sleep(1);
  }
  judge(stage, writes);
}

/** What an attempt may fail by: anything else is a bug of the sink. */
function failedBy(error: unknown): void {
  rethrowKilled(error);
  promise(error instanceof IoError || error instanceof Cancelled, `an attempt failed by ${String(error)}`);
}

interface AttemptEnv {
  readonly attempt: number;
  readonly scope: Scope;
  readonly writes: Map<string, number>;
  readonly restored: Checkpoint;
  readonly completed: (checkpoint: Checkpoint) => void;
  readonly end: () => void;
}

function* attemptOf(stage: Stage, env: AttemptEnv): Coroutine<void> {
  const { sink, values } = stage.subject;
  const writerEnv = envOf(stage, env.attempt, env.scope);
  const note = (value: unknown): void => {
    env.writes.set(canonical(value), (env.writes.get(canonical(value)) ?? 0) + 1);
  };
  let { written } = env.restored;
  if (sink.delivery === 'at-least-once') {
    const writer = sink.createWriter(writerEnv);
    yield* writer.open();
    while (written < values.length) {
      for (const value of values.slice(written, written + BATCH)) {
        note(value);
        writer.write(value);
      }
      yield* writer.flush();
      // The checkpoint of this batch is lost with the attempt.
      if (env.attempt % 3 === 1) return env.end();
      written += BATCH;
      env.completed({ written, committables: [] });
    }
    return env.end();
  }
  const { committableSerializer: bytesOf } = sink;
  const writer = sink.createWriter(writerEnv);
  const committer = sink.createCommitter({ job: JOB, sink: UID, subtask: 0, ports: stage.connector });
  yield* writer.open(env.restored.committables);
  let pending = env.restored.committables;
  for (;;) {
    for (const one of pending) {
      const outcome = yield* commit(committer, one);
      promise(outcome !== 'failed', `${one.id} of a completed checkpoint cannot be committed`);
    }
    env.completed({ written, committables: [] });
    if (written >= values.length) return env.end();
    for (const value of values.slice(written, written + BATCH)) {
      note(value);
      writer.write(value);
    }
    const committables = yield* writer.prepareCommit();
    // Not in any checkpoint: to be given up.
    if (env.attempt % 3 === 2) return env.end();
    written += BATCH;
    pending = committables.map((one) => bytesOf.deserialize(bytesOf.version, bytesOf.serialize(one)));
    env.completed({ written, committables: pending });
    // In a checkpoint, not committed: the next attempt has to.
    if (env.attempt % 3 === 0) return env.end();
  }
}

function judge(stage: Stage, writes: ReadonlyMap<string, number>): void {
  const { sink, values } = stage.subject;
  if (sink.delivery === 'exactly-once') {
    same(stage, values, 'at the end');
    return;
  }
  const seen = new Map<string, number>();
  for (const value of stage.visible()) seen.set(canonical(value), (seen.get(canonical(value)) ?? 0) + 1);
  for (const value of values) promise(seen.has(canonical(value)), `${canonical(value)} is missing at the end`);
  for (const [text, times] of seen) {
    promise(
      times <= (writes.get(text) ?? 0),
      `${text} is visible ${times} times and was written ${writes.get(text) ?? 0} times`,
    );
  }
}
