/**
 * A scripted test of a whole job, in the manner of Apache Beam's `TestStream`: records, watermarks, the clock, silence, crashes,
 * checkpoints and rescales come in the order in which the script names them, each when everything before it has been processed. The job runs in a
 * calm universe on the real engine, with all laws listening.
 *
 * Each source has one split for each partition that the script names. Steps take a few milliseconds of virtual time themselves, so the
 * clock is exact only in comparison with them; event time is exact. Left out: faults at chosen moments (`check`, campaigns).
 */
import { JobError } from '../../core/errors.ts';
import type { Facts, Probe } from '../../core/facts.ts';
import { MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { requireMadeHere } from '../../core/origin.ts';
import { defaultParts } from '../../core/parts.ts';
import { toBytes } from '../../core/values/serializers.ts';
import { createLaws } from '../laws/index.ts';
import { createModel } from '../model/model.ts';
import type { Violation } from '../outcome.ts';
import { AskedOracles } from '../run/asked.ts';
import { Cluster, type Subject } from '../run/compose.ts';
import { observedIn } from '../run/observed.ts';
import { viewOf } from '../run/view.ts';
import { configOf, type KnobValues } from '../plan/knobs.ts';
import type { Plan } from '../plan/plan.ts';
import type { Untyped } from '../check/options.ts';
import { type Entry, scripted, type ScriptedSource } from './scripted-job.ts';

/** What a script has made the job do. */
export interface TestStreamResult {
  /** Committed records by topic, in the order in which they became visible. */
  readonly output: Readonly<Record<string, readonly unknown[]>>;
  /** Attempts that the job took: 1, and one more for each crash or rescale that it noticed. */
  readonly attempts: number;
  /** Completed checkpoints, the last one included. */
  readonly checkpoints: number;
}

/** A step could not be done, or a law broke. */
export class TestStreamError extends Error {
  override readonly name = 'TestStreamError';
}

type Step =
  | {
      readonly kind: 'entry';
      readonly source: string | undefined;
      readonly partition: number;
      readonly entries: readonly Draft[];
    }
  | { readonly kind: 'watermark'; readonly source: string | undefined; readonly at: Timestamp }
  | { readonly kind: 'clock'; readonly ms: number }
  | { readonly kind: 'idle'; readonly source: string | undefined }
  | { readonly kind: 'crash'; readonly task: string }
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'rescale'; readonly parallelism: number };
type Draft = { readonly value: unknown };

/** Takes the steps of a script, and runs it. */
export interface TestStream {
  /** Records of a source, which may be left out if the job has one only; to partition 0 unless another is named. */
  add(records: readonly unknown[], to?: { readonly source?: string; readonly partition?: number }): TestStream;
  /** Event time of a source, of all of them if none is named, comes to `t`: no record with a timestamp <= t follows in time. */
  advanceWatermarkTo(t: Timestamp, source?: string): TestStream;
  /** The clocks go on by so many milliseconds. */
  advanceProcessingTime(ms: number): TestStream;
  /** All splits of a source are idle until its next record or watermark. */
  idle(source?: string): TestStream;
  /** The process that runs a task, "window[1]", is killed, and starts again. */
  crash(task: string): TestStream;
  /** A checkpoint is taken and completed. */
  checkpoint(): TestStream;
  /** The job goes on with so many subtasks, from its newest checkpoint. */
  rescale(parallelism: number): TestStream;
  /**
   * Runs the script. In the end the input ends: watermark MAX, and everything is committed.
   *
   * @throws TestStreamError if a step cannot be done, or a law breaks.
   */
  run(): TestStreamResult;
}

/** What a script is run with; see `testStream`. */
export interface TestStreamOptions {
  /** Subtasks of operators that declare none. */
  readonly parallelism?: number;
  /** Splits of each source. */
  readonly partitions?: number;
  /** Of the engine and of the world. */
  readonly knobs?: KnobValues;
  /** Answers of the external services. */
  readonly services?: Readonly<Record<string, (request: Untyped) => unknown>>;
}

/**
 * Begins a script.
 *
 * @param job made by `defineJob`. Its sources read the script instead of their topics or files; event times are those of their
 * strategies, watermarks those of the script.
 * @param options.parallelism subtasks of operators that declare none; 2 by default.
 * @param options.partitions splits of each source; 1 by default.
 * @param options.knobs of the engine, as plans name them: `{ discipline: 1 }` is unaligned.
 * @param options.services by name, the external services that the job asks: functions of the request.
 * @throws JobError if the job has no source, or one that sorts out records by the clock.
 * @example
 * ```ts
 * const result = testStream(job)
 *   .add([{ user: 'ann', at: 1 }, { user: 'ann', at: 12 }])
 *   .advanceWatermarkTo(20)
 *   .checkpoint()
 *   .crash('count[1]')
 *   .add([{ user: 'ann', at: 2 }])
 *   .run();
 * ```
 */
export function testStream(job: JobSpec, options: TestStreamOptions = {}): TestStream {
  requireMadeHere(job);
  const script = scripted(job);
  if (script.sources.length === 0) throw new JobError(`testStream: job "${job.name}" has no source`);
  const steps: Step[] = [];
  const then = (step: Step): TestStream => {
    steps.push(step);
    return stream;
  };
  const stream: TestStream = {
    add: (records, { source, partition = 0 } = {}) =>
      then({ kind: 'entry', source, partition, entries: records.map((value) => ({ value })) }),
    advanceWatermarkTo: (at, source) => then({ kind: 'watermark', source, at }),
    advanceProcessingTime: (ms) => then({ kind: 'clock', ms }),
    idle: (source) => then({ kind: 'idle', source }),
    crash: (task) => then({ kind: 'crash', task }),
    checkpoint: () => then({ kind: 'checkpoint' }),
    rescale: (parallelism) => then({ kind: 'rescale', parallelism }),
    run: () => new Scripted(script, steps, options).run(),
  };
  return stream;
}

/** A step that takes longer than this is stuck, in virtual time. */
const STEP_US_MAX = 60_000_000;
const SLICE_US = 1_000;
/** So many slices without a fact that counts: everything has been processed. */
const QUIET_SLICES = 4;

class Scripted {
  readonly #sources: readonly ScriptedSource[];
  readonly #steps: readonly Step[];
  readonly #topics: Record<string, Entry[][]>;
  readonly #partitions: number;
  readonly #violations: Violation[] = [];
  readonly #cluster: Cluster;
  readonly #subject: Subject;
  readonly #laws: ReturnType<typeof createLaws>;
  /** By source: where event time stands. */
  readonly #watermarks = new Map<string, Timestamp>();
  /** By task, the process that runs it. */
  readonly #processes = new Map<string, string>();
  #nowUs = 0;
  readonly #seen = { facts: 0, attempt: 0, running: 0, checkpoints: 0, ended: '' };

  constructor(
    { job, sources }: ReturnType<typeof scripted>,
    steps: readonly Step[],
    { parallelism = 2, partitions = 1, knobs = {}, services = {} }: TestStreamOptions,
  ) {
    this.#sources = sources;
    this.#steps = steps;
    this.#partitions = partitions;
    this.#topics = Object.fromEntries(
      sources.map(({ topic }) => [topic, Array.from({ length: partitions }, () => [])]),
    );
    const most = Math.max(parallelism, ...steps.map((step) => (step.kind === 'rescale' ? step.parallelism : 0)));
    const plan: Plan = {
      scenario: 'test-stream',
      config: {
        parallelism,
        taskManagers: Math.min(3, most),
        checkpointIntervalMs: 0,
        tolerableFailures: 1_000,
        ...knobs,
      },
      workload: { kind: 'explicit', topics: this.#topics },
      incidents: [{ what: { kind: 'rescale', parallelism: most }, when: { kind: 'time', ms: 3_600_000 } }],
      choices: { explicit: [] },
    };
    const config = configOf(plan, Math.max(1, ...job.nodes.map((node) => node.parallelism ?? 1)));
    const workload = { job, topics: this.#topics, services, confluent: false };
    this.#subject = {
      plan: { ...plan, incidents: [] },
      workload,
      config,
      job,
      parts: defaultParts,
      expects: {},
      afresh: () => job,
      next: undefined,
    };
    this.#cluster = new Cluster(this.#subject, {});
    const { universe } = this.#cluster;
    const view = viewOf(
      this.#subject,
      this.#cluster,
      (violation) => this.#violations.push(violation),
      new AskedOracles().add,
    );
    // What the script appends to a source is no output.
    const inputs = new Set(sources.map(({ topic }) => topic));
    const onCommitted: typeof view.onCommitted = (listener) => {
      view.onCommitted((record) => {
        if (!inputs.has(record.topic)) listener(record);
      });
    };
    this.#laws = createLaws({ ...view, onCommitted }, createModel(job), { trace: false, memory: false });
    universe.listen(this.#laws.probe);
    universe.listen(this.#listener());
  }

  run(): TestStreamResult {
    this.#until('the job runs', () => this.#seen.running > 0);
    for (const [index, step] of this.#steps.entries()) this.#take(step, index + 1);
    this.#settle();
    this.#ask((jobManager) => jobManager.savepoint('drain'));
    this.#until('the input ends and the job is drained', () => this.#seen.ended !== '');
    if (this.#seen.ended.startsWith('failed')) {
      this.#judge();
      throw new TestStreamError(`the job ${this.#seen.ended}`);
    }
    this.#laws.settled();
    this.#judge();
    const { attempt, checkpoints } = this.#seen;
    const output = observedIn(this.#cluster.universe.broker, [this.#subject.job]).committed;
    this.#cluster.universe.close();
    return { output, attempts: attempt, checkpoints };
  }

  #take(step: Step, number: number): void {
    switch (step.kind) {
      case 'entry': {
        const source = this.#source(step.source, number);
        const entries = step.entries.map(({ value }) => ({
          value: [value] as const,
          at: source.timestamp(value),
          idle: false,
        }));
        this.#append(source, step.partition, entries, number);
        break;
      }
      case 'watermark':
        for (const source of step.source === undefined ? this.#sources : [this.#source(step.source, number)]) {
          this.#watermarks.set(source.uid, step.at);
          this.#toAll(source, { value: null, at: step.at, idle: false }, number);
        }
        break;
      case 'idle': {
        const source = this.#source(step.source, number);
        const at = this.#watermarks.get(source.uid) ?? MIN_TIMESTAMP;
        this.#toAll(source, { value: null, at, idle: true }, number);
        break;
      }
      case 'clock':
        this.#settle();
        this.#runFor(1_000 * step.ms);
        break;
      case 'crash':
        this.#crash(step.task, number);
        break;
      case 'checkpoint': {
        const before = this.#seen.checkpoints;
        this.#cluster.savepoint('checkpoint');
        this.#until(`step ${number}: the checkpoint is complete`, () => this.#seen.checkpoints > before);
        break;
      }
      case 'rescale': {
        const before = this.#seen.running;
        this.#cluster.rescale(step.parallelism);
        this.#until(
          `step ${number}: the job runs with parallelism ${step.parallelism}`,
          () => this.#seen.running > before,
        );
      }
    }
    this.#settle();
    this.#judge();
  }

  #crash(task: string, number: number): void {
    const process = this.#processes.get(task);
    if (process === undefined) {
      const known = [...this.#processes.keys()].join(', ');
      throw new TestStreamError(`step ${number}: there is no task ${task}; there are ${known}`);
    }
    const before = this.#seen.running;
    this.#cluster.universe.kill(process, 1);
    this.#until(`step ${number}: the job runs again after the crash of ${task}`, () => this.#seen.running > before);
  }

  // ---- sources

  #source(uid: string | undefined, number: number): ScriptedSource {
    const [only, ...others] = this.#sources;
    if (uid === undefined && only !== undefined && others.length === 0) return only;
    const source = this.#sources.find((candidate) => candidate.uid === uid);
    if (source !== undefined) return source;
    const known = this.#sources.map((candidate) => candidate.uid).join(', ');
    throw new TestStreamError(
      `step ${number}: ${uid === undefined ? 'name a source' : `there is no source ${uid}`}; there are ${known}`,
    );
  }

  #toAll(source: ScriptedSource, entry: Entry, number: number): void {
    for (let partition = 0; partition < this.#partitions; partition++) this.#append(source, partition, [entry], number);
  }

  #append({ uid, topic, type }: ScriptedSource, partition: number, entries: readonly Entry[], number: number): void {
    const records = this.#topics[topic]?.[partition];
    if (records === undefined)
      throw new TestStreamError(
        `step ${number}: source ${uid} has partitions 0 to ${this.#partitions - 1}, not ${partition}`,
      );
    records.push(...entries);
    this.#cluster.universe.broker.append(
      topic,
      partition,
      entries.map((entry) => toBytes(type, entry)),
    );
  }

  // ---- time

  #ask(ask: Parameters<Cluster['askJobManager']>[0]): void {
    this.#cluster.askJobManager(ask);
  }

  /** The universe's own clock stands at its last event, so the script has one: time passes, too, in which nothing happens. */
  #runFor(us: number): void {
    this.#nowUs += us;
    this.#cluster.universe.run(this.#nowUs);
  }

  #until(what: string, done: () => boolean): void {
    const limit = this.#nowUs + STEP_US_MAX;
    while (!done()) {
      if (this.#nowUs >= limit || this.#seen.ended.startsWith('failed')) {
        throw new TestStreamError(
          [`waits in vain until ${what}`, this.#seen.ended, ...this.#cluster.whoWaits()].join('\n  '),
        );
      }
      this.#runFor(SLICE_US);
    }
  }

  /** Until nothing happens any more that has to do with records and watermarks. */
  #settle(): void {
    for (let quiet = 0; quiet < QUIET_SLICES;) {
      const before = this.#seen.facts;
      this.#runFor(SLICE_US);
      quiet = this.#seen.facts === before ? quiet + 1 : 0;
    }
  }

  #judge(): void {
    const [first] = this.#violations;
    if (first === undefined) return;
    throw new TestStreamError(`law ${first.law} broke (${first.anomaly} at ${first.place}): ${first.message}`);
  }

  #listener(): Probe {
    const counts = (): void => {
      this.#seen.facts++;
    };
    return {
      sourceRecord: counts,
      recordProcessed: counts,
      watermarkReceived: counts,
      statusReceived: counts,
      watermarkSent: counts,
      barrierReceived: counts,
      attemptStarting: ({ attempt }: Facts['attemptStarting']) => {
        this.#seen.attempt = attempt;
        this.#processes.clear();
      },
      taskOpened: ({ task }) => {
        this.#processes.set(`${task.vertex}[${task.subtask}]`, this.#cluster.universe.stating);
      },
      attemptRunning: () => {
        this.#seen.running++;
      },
      checkpointCompleted: () => {
        this.#seen.checkpoints++;
      },
      jobEnded: ({ status, message }) => {
        this.#seen.ended = `${status}: ${message}`;
      },
    };
  }
}
