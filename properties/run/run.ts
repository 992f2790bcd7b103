/**
 * One run: a plan in, an outcome out. Pure: the same scenario and plan give the same outcome, digest included, after
 * any other runs in this process; laws, marks, trace and the scratch leave no trace in it.
 *
 *   compose   a universe, a cluster in it, the workload in its topics                        (`compose.ts`)
 *   chaos     faults on, safety laws listen   until all input is visible and the last timed incident is due
 *   heal      incidents that have not happened never will
 *   settle    the job must finish by a virtual time that is computed from the plan           (`plan/costs.ts`);
 *             one that never ends by itself is stopped once it is at rest                    (`rest.ts`)
 *   verdict   end-of-run laws                                                                (`verdict.ts`)
 *   release   with laws, no part of the outcome: until the hosts are rid of its files        (`releases.ts`)
 *
 * A run that goes on from a checkpoint does before the one that took it                        (`sequel.ts`).
 */
import type { Facts, Probe } from '../../core/facts.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { defaultParts, type Parts } from '../../core/parts.ts';
import type { Scratch } from '../../sim/kernel/scratch.ts';
import type { Override } from '../../sim/kernel/types.ts';
import { withTraps } from '../../sim/traps.ts';
import { createLaws, judgeEndOnly, worstFirst } from '../laws/index.ts';
import { createMarks } from '../marks/index.ts';
import { createModel } from '../model/model.ts';
import { type Counters, type Observed, type Outcome, signatureOf, type Violation, type Vitals } from '../outcome.ts';
import { deadlines } from '../plan/costs.ts';
import type { Plan } from '../plan/plan.ts';
import type { Scenario } from '../plan/scenario.ts';
import { recordCount } from '../plan/records.ts';
import { AskedOracles } from './asked.ts';
import { accusesEngine, type FunctionLives, judgeHiddenState, type RunAgain } from './hidden-state.ts';
import { JobFault } from '../../core/job-fault.ts';
import type { ObjectLookup } from '../../core/state/handles.ts';
import { refusedInput } from './refused-input.ts';
import { Cluster, partsOf, type Sequel, type Subject } from './compose.ts';
import { EndlessTimers } from './endless-timers.ts';
import { observedIn } from './observed.ts';
import { operate } from './operations.ts';
import { listenWith, type Own } from './own.ts';
import { isUnbounded, Rest, restPeriodMs } from './rest.ts';
import { releasedHosts } from './releases.ts';
import { FirstPart } from './sequel.ts';
import { Tally } from './tally.ts';
import { startTrace } from './trace.ts';
import { type End, judgeEnd, type NoEnd, verdictOf } from './verdict.ts';
import type { WorldView } from '../world.ts';
import { viewOf } from './view.ts';
import { VitalSigns } from './vitals.ts';

export interface RunOptions {
  readonly scratch?: Scratch | undefined;
  /** Default true. Without laws and marks only crashes and the job's end are judged. */
  readonly laws?: boolean;
  /** Keep what explains a failure: the chain of records behind a violation, and the story of the run. */
  readonly trace?: boolean;
  readonly recordOverrides?: boolean;
  /**
   * The run ends with the first violation of this signature, and nothing is said of what would have come after it: for
   * shrinking, which asks for nothing else.
   */
  readonly until?: string;
  /** With laws: count what must have happened before passing means anything. */
  readonly vitals?: boolean;
  readonly listeners?: readonly Probe[];
  /** Is told of each checkpoint and savepoint at the moment at which it is complete. */
  readonly completed?: (checkpoint: KeepableCheckpoint) => void;
  readonly parts?: Parts | undefined;
  /** With laws: those of a project, and its marks. */
  readonly own?: Own;
  /** Off only to measure what the digest costs. */
  readonly digest?: boolean;
  /** Look for memory outside of state along the whole history: default only after a failure, and if all laws hold. */
  readonly memory?: boolean;
  /** How long functions live in the model: default `turn`. */
  readonly functions?: FunctionLives;
  /**
   * Default true: before the engine is accused, the plan is run again to see whether the job is to blame, for memory
   * outside of state (`hidden-state.ts`). It costs up to four runs more, of failing plans only.
   */
  readonly judged?: boolean;
  /** For that: what the plan, run without laws, commits in a process of its own. Default: nobody can tell. */
  readonly inFreshProcess?: (scenario: Scenario, plan: Plan) => Observed | undefined;
  /** What is run instead of the scenario's job: the same job with watched functions. */
  readonly watch?: (job: JobSpec) => JobSpec;
  /** A universe that takes more events than this is inconclusive. Default: what no honest plan comes near. */
  readonly eventsMax?: number | undefined;
  /** A job whose processing-time timers fire more often than this sets them for ever. Default: far more than any of ours. */
  readonly timersMax?: number | undefined;
}

/** A complete checkpoint or savepoint, as the object store has it now. */
export interface KeepableCheckpoint {
  /** Of its metadata object. */
  readonly name: string;
  /** Of the job that took it, from 1. */
  readonly version: number;
  readonly object: ObjectLookup;
}

export interface RunResult extends Outcome {
  /** With `recordOverrides`: every draw that was not 0. */
  readonly overrides?: readonly Override[];
  /** With `vitals`. */
  readonly vitals?: Vitals;
  /** With `trace`: a line per event worth telling, with its virtual time. */
  readonly trace?: readonly string[];
  /** With `trace`: by the names of laws, the kinds of facts that each listens to. */
  readonly heard?: Readonly<Record<string, readonly string[]>>;
}

const EVENTS_MAX = 5_000_000;
const EVENTS_PER_RECORD_MAX = 100;

/** Throws `JobError` if the plan's job breaks the rules; anything else that escapes is a bug of the harness. */
export function run(scenario: Scenario, plan: Plan, options: RunOptions = {}): RunResult {
  const result = runOnce(scenario, plan, options);
  if (options.judged === false || options.laws === false || !accusesEngine(result)) return result;
  // A watchdog listens to these runs as well.
  const { scratch, parts, eventsMax, timersMax, listeners = [] } = options;
  const again: RunAgain = ({ listeners: more = [], ...detail }) =>
    runOnce(scenario, plan, { scratch, parts, eventsMax, timersMax, listeners: [...listeners, ...more], ...detail });
  const { inFreshProcess } = options;
  const fresh = inFreshProcess === undefined ? undefined : () => inFreshProcess(scenario, plan);
  const found = judgeHiddenState(result, again, fresh);
  return found === undefined ? result : { ...result, violations: [found] };
}

function runOnce(scenario: Scenario, plan: Plan, options: RunOptions): RunResult {
  return withTraps(() => {
    const { subject, sequel } = partsOf(scenario, plan, options.parts ?? defaultParts, options.watch);
    const { scratch, digest, recordOverrides } = options;
    const cluster = composed(subject, { scratch, digest, recordOverrides }, sequel);
    if (cluster instanceof JobFault) return refusedInput(cluster, subject);
    try {
      return runOf(subject, cluster, options, sequel);
    } finally {
      cluster.universe.close();
    }
  });
}

/** Why no run of a scenario that starts from a checkpoint can; undefined: they can. It does the first part of one. */
export function missedStart(scenario: Scenario, plan: Plan, parts: Parts = defaultParts): string | undefined {
  return withTraps(() => {
    const { subject, sequel } = partsOf(scenario, plan, parts);
    if (sequel === undefined) return undefined;
    const cluster = composed(subject, { digest: false }, sequel);
    if (cluster instanceof JobFault) return cluster.message;
    const { universe } = cluster;
    const rest = isUnbounded(subject.job) ? restOf(subject, cluster) : undefined;
    const ends = { ended: () => universe.stop(), upgraded: () => undefined, originalDeleted: () => undefined };
    const first = new FirstPart(cluster, sequel);
    for (const { probe } of [...(rest === undefined ? [] : [rest]), operate(cluster, rest, ends), first])
      universe.listen(probe);
    try {
      live(subject, cluster, rest, eventsMax(subject));
      return first.end(subject.job.name);
    } finally {
      universe.close();
    }
  });
}

/** The universe with the job in it; or the fault of the input, if that is not of the type that the job declares. */
function composed(
  subject: Subject,
  options: ConstructorParameters<typeof Cluster>[1],
  sequel: Sequel | undefined,
): Cluster | JobFault {
  try {
    return new Cluster(subject, options, sequel);
  } catch (error) {
    if (error instanceof JobFault) return error;
    throw error;
  }
}

function runOf(subject: Subject, cluster: Cluster, options: RunOptions, sequel: Sequel | undefined): RunResult {
  const { universe } = cluster;
  const { job } = subject;
  const violations: Violation[] = [];
  const asked = new AskedOracles();
  const jobs = [job];
  let refuses: ReturnType<NonNullable<WorldView['refuses']>> = subject.workload.refuses;
  let cut = false;
  const violated = (violation: Violation): void => {
    violations.push(violation);
    if (options.until === undefined || signatureOf(violation) !== options.until) return;
    cut = true;
    universe.stop();
  };
  const view = viewOf(subject, cluster, violated, asked.add, jobs, () => refuses);
  const watched = options.laws !== false;
  const vitals = options.vitals === true ? new VitalSigns() : undefined;
  const laws = watched
    ? createLaws(view, createModel(job, options.functions, subject.config.job.executionMode), {
        trace: options.trace ?? false,
        memory: options.memory ?? false,
        ...(vitals === undefined ? {} : { watch: vitals.watch }),
      })
    : judgeEndOnly(view);
  const marks = watched ? createMarks(view) : undefined;
  const own = watched && options.own !== undefined ? listenWith(options.own, view) : undefined;
  const tally = new Tally(view.object);
  let ended: Facts['jobEnded'] | undefined;
  const rest = isUnbounded(job) ? restOf(subject, cluster) : undefined;
  const operations = operate(cluster, rest, {
    ended: (fact) => {
      ended = fact;
      universe.stop();
    },
    upgraded: (next) => {
      jobs.push(next.subject.job);
      ({ refuses } = next.subject.workload);
      laws.upgraded(createModel(next.subject.job, options.functions, next.subject.config.job.executionMode), next.fork);
    },
    originalDeleted: (metadata) => {
      laws.originalDeleted(metadata);
    },
  });
  const timers = new EndlessTimers(() => universe.stop(), options.timersMax);
  const trace = options.trace === true ? startTrace(view) : undefined;
  const first = sequel === undefined ? undefined : new FirstPart(cluster, sequel);
  for (const { probe } of [laws, marks, tally, rest, timers, operations, trace, first].filter(
    (part) => part !== undefined,
  ))
    universe.listen(probe);
  for (const probe of [...(own?.probes ?? []), ...(options.listeners ?? [])]) universe.listen(probe);
  const { completed } = options;
  if (completed !== undefined)
    universe.listen({
      checkpointCompleted: ({ metadata: name }) => {
        completed({ name, version: jobs.length, object: view.object });
      },
    });

  const events = options.eventsMax ?? eventsMax(subject);
  let missed: string | undefined;
  let lived = live(subject, cluster, rest, events);
  if (first !== undefined && sequel !== undefined && !cut) {
    missed = first.end(job.name);
    if (missed === undefined) {
      const next = cluster.restartFrom(sequel);
      jobs.push(next.subject.job);
      refuses = next.subject.workload.refuses ?? 'whatever';
      laws.upgraded(createModel(next.subject.job, options.functions), next.fork);
      operations.forget();
      universe.beginLater();
      lived = live(next.subject, cluster, rest, events);
    }
  }
  const { state, outOfEvents } = lived;
  const { lastFailure } = tally;
  const endless = timers.violation(universe.nowUs);
  if (endless !== undefined) violations.push(endless);
  const end: End = {
    state,
    outOfEvents,
    ended,
    whoWaits: () => [
      ...(lastFailure === undefined ? [] : [`the last attempt that failed: ${lastFailure}`]),
      ...(rest?.waiting() ?? []),
      ...(rest?.heldBack() ?? []),
      ...cluster.whoWaits(),
    ],
  };
  // It was stopped in the middle: nothing else can be said of its end.
  const isOver = endless === undefined && !cut;
  const noEnd: NoEnd | undefined =
    missed !== undefined
      ? { verdict: 'inconclusive', reason: missed }
      : isOver
        ? judgeEnd(own?.beside(laws) ?? laws, end)
        : undefined;
  const pendingProcessingTimers =
    ended?.status === 'finished' && tally.hasProcessingTimers ? laws.pendingProcessingTimers() : 0;
  const counters = countersOf(subject, cluster, tally, pendingProcessingTimers);
  const observed = observedIn(universe.broker, jobs);
  const { digest } = universe;
  const last = sequel?.subject ?? subject;
  if (watched && isOver && ended !== undefined && keepsFiles(last)) {
    const { heartbeatTimeoutMs } = last.config.job;
    laws.hostsReleased(
      releasedHosts(universe, cluster.taskManagers, jobs.at(-1)?.name ?? job.name, heartbeatTimeoutMs),
    );
  }
  return {
    verdict: verdictOf(violations.length, noEnd),
    violations: worstFirst(violations),
    marks: [...(marks?.reached() ?? []), ...(own?.reached() ?? [])].sort(),
    laws: laws.compared(),
    counters,
    checkpoints: tally.checkpoints,
    observed,
    ...asked.inOutcome(),
    digest,
    reason: noEnd?.reason,
    ...(rest === undefined ? {} : { heldBack: rest.heldBack() }),
    ...(options.recordOverrides === true ? { overrides: universe.overrides() } : {}),
    ...(vitals === undefined ? {} : { vitals: vitals.read() }),
    ...(trace === undefined ? {} : { trace: trace.lines, heard: laws.heard() }),
  };
}

/** The job is stopped by the one who asks the job manager for it. */
function restOf({ job, workload, config }: Subject, cluster: Cluster): Rest {
  return new Rest({
    job,
    topics: workload.topics,
    periodic: config.job.checkpointing.intervalMs > 0,
    stop: () => {
      cluster.askJobManager((jobManager) => {
        jobManager.savepoint('stop');
      });
    },
  });
}

/** Its tasks write to the disks of their hosts. */
function keepsFiles({ config: { job } }: Subject): boolean {
  return job.executionMode === 'batch' || job.stateBackend === 'lsm' || job.localRecovery;
}

/** What it commits becomes visible one by one, by requests to the object store or to a service of its own. */
function commitsOutside({ nodes }: JobSpec): boolean {
  return nodes.some(
    ({ operator }) =>
      operator.kind === 'sink' && operator.sink.external === true && operator.sink.delivery === 'exactly-once',
  );
}

function eventsMax({ workload }: Subject): number {
  return Math.max(EVENTS_MAX, EVENTS_PER_RECORD_MAX * recordCount(workload.topics));
}

/** Chaos, heal, settle. */
function live(
  { config, job, plan, workload }: Subject,
  { universe }: Cluster,
  rest: Rest | undefined,
  eventsMax: number,
): Pick<End, 'state' | 'outOfEvents'> {
  const sinceUs = universe.nowUs;
  const { chaosUs, settleUs } = deadlines(config, plan.incidents, workload.topics, {
    restPeriodMs: rest === undefined ? undefined : restPeriodMs(job),
    commitsOutside: commitsOutside(job),
  });
  let state = universe.run(sinceUs + chaosUs, eventsMax);
  if (state !== 'stopped') {
    universe.heal();
    rest?.heal();
    state = universe.run(sinceUs + settleUs, eventsMax);
  }
  const early = state === 'deadline' && universe.nowUs < sinceUs + settleUs && universe.kernel.events >= eventsMax;
  return { state, outOfEvents: early ? eventsMax : undefined };
}

function countersOf(
  { workload }: Subject,
  { universe }: Cluster,
  tally: Tally,
  pendingProcessingTimers: number,
): Counters {
  const { kernel, choices, nowUs, fired } = universe;
  const counted = tally.counters();
  return {
    checkpointsTriggered: counted.checkpointsTriggered,
    checkpointsCompleted: counted.checkpointsCompleted,
    checkpointsAborted: counted.checkpointsAborted,
    attempts: counted.attempts,
    restores: counted.restores,
    inFlightRecords: counted.inFlightRecords,
    inFlightBytes: counted.inFlightBytes,
    replayedRecords: counted.replayedRecords,
    sourceRecords: recordCount(workload.topics),
    events: kernel.events,
    draws: choices.draws,
    virtualUs: nowUs,
    incidents: Object.fromEntries(fired),
    pendingProcessingTimers,
  };
}
