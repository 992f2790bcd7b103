/**
 * Stories: one run each, written out by hand, for a corner of the protocol that someone would have to explain on a
 * whiteboard. A story says what the cluster is like, which faults fire and when, and what must have been seen; one
 * that does not come to its corner fails.
 *
 *   story('a crash between pre-commit and commit is made good', ({ job, cluster, run }) => {
 *     job.numbers(40, 40);
 *     cluster.crash('count[1]').between('transactionPrepared', 'transactionCommitted', { checkpoint: 2 });
 *     run().inOrder(['attemptStarting', { attempt: 2 }], ...).exactlyOnce();
 *   });
 *
 * Everything is calm unless the story says otherwise: no draw differs from 0 but those that it names. Subtask i runs on
 * task manager i + 1. All laws listen.
 */
import { expect, it } from 'vitest';
import type { FactKind } from '../../core/facts.ts';
import { type Discipline, DISCIPLINES, type KnobValues, taskManagerNames } from '../../properties/plan/knobs.ts';
import type { Plan } from '../../properties/plan/plan.ts';
import { run } from '../../properties/run/run.ts';
import type { Incident, What } from '../../sim/faults/incident.ts';
import type { Trigger } from '../../sim/faults/vocabulary/trigger.ts';
import type { Override } from '../../sim/kernel/types.ts';
import { numbersOf, type Shape, storyScenario } from './jobs.ts';
import { FactRecorder, RunHistory, type Where } from './run-history.ts';

export interface StorySetup {
  readonly job: StoryJob;
  readonly cluster: StoryCluster;
  /** Runs it; what is stated afterwards applies to another run. */
  readonly run: () => RunHistory;
}

export function story(name: string, define: (setup: StorySetup) => void): void {
  it(name, () => {
    const job = new StoryJob();
    const cluster = new StoryCluster();
    define({ job, cluster, run: () => runStory(job, cluster) });
  });
}

const TASK_MANAGERS = 2;
const INCARNATIONS_MAX = 6;

/** Small buffers, so that barriers meet queues; a job that survives failed checkpoints, so that those can be looked at. */
const USUAL: Plan['config'] = {
  taskManagers: TASK_MANAGERS,
  parallelism: 2,
  bufferRecords: 1,
  credits: 1,
  outputBuffersMax: 1,
  recordIntervalUs: 2_000,
  checkpointIntervalMs: 40,
  tolerableFailures: 1_000,
};

export class StoryJob {
  shape: Shape = 'exchange';
  sizes: readonly number[] = [60, 60];
  extraSizes: readonly number[] = [60, 60];
  readonly config: Record<string, number> = {};

  /** Which job, of `jobs.ts`. */
  of(shape: Shape): this {
    this.shape = shape;
    return this;
  }

  /** How many records each partition of a source holds. */
  numbers(...sizes: readonly number[]): this {
    this.sizes = sizes;
    return this;
  }

  /** The same for the second source of the shape `forced`. */
  extras(...sizes: readonly number[]): this {
    this.extraSizes = sizes;
    return this;
  }

  takesCheckpoints(discipline: Discipline, knobs: KnobValues = {}): this {
    return this.with({ discipline: DISCIPLINES.indexOf(discipline), ...knobs });
  }

  /** Knobs of `knobs.ts`. */
  with(knobs: KnobValues): this {
    Object.assign(this.config, knobs);
    return this;
  }
}

interface Gap {
  readonly first: FactKind;
  readonly last: FactKind;
  readonly where: Where;
}

export class StoryCluster {
  readonly knobs: Record<string, number> = {};
  readonly incidents: Incident[] = [];
  readonly overrides: Override[] = [];
  readonly gaps: Gap[] = [];

  #set(knobs: KnobValues): void {
    Object.assign(this.knobs, knobs);
  }

  /** The process of a task ("count[1]"), a task manager or the job manager dies, and starts again after a while. */
  crash(whom: string, restartAfterMs = 5): IncidentBuilder {
    const task = /^(.+)\[(\d+)\]$/.exec(whom);
    const process = task === null ? whom : 'self';
    return new IncidentBuilder(this, { kind: 'kill', process, restartAfterMs }, task === null ? {} : { task: whom });
  }

  savepoint(): IncidentBuilder {
    return new IncidentBuilder(this, { kind: 'savepoint' }, {});
  }

  stop(how: 'drain' | 'suspend'): IncidentBuilder {
    return new IncidentBuilder(this, { kind: 'stop', drain: how === 'drain' }, {});
  }

  rescale(parallelism: number): IncidentBuilder {
    return new IncidentBuilder(this, { kind: 'rescale', parallelism }, {});
  }

  /** The steps of a task take so many times 100 microseconds, in each incarnation of each process that it is on. */
  slow(task: string, times = 20): this {
    this.#set({ slowActorPer1000: 1, slowFactor: times, stepCostUs: 100 });
    for (const name of taskManagerNames(TASK_MANAGERS)) {
      for (let k = 1; k <= INCARNATIONS_MAX; k++) this.overrides.push({ label: `slow/${name}/${task}`, k, value: 1 });
    }
    return this;
  }

  /** The nth (from 0) connection that `from` makes to the data service of `to` is so much slower both ways. */
  slowLink(from: string, to: string, ms: number, nth = 0): this {
    // Slow, yet not narrow: enough may be under way.
    this.#set({ credits: 8, outputBuffersMax: 8, slowLinkPer1000: 1, slowLinkUs: ms * 1_000 });
    this.overrides.push({ label: `slow-link/network/host-${from}>host-${to}/data`, k: nth, value: 1 });
    return this;
  }

  /** The object store refuses its nth put (from 0). */
  refusesPut(nth: number): this {
    this.#set({ objectStoreRefusedPer1000: 1 });
    this.overrides.push({ label: 'object-store/refused', k: nth, value: 1 });
    return this;
  }

  /** The nth put (from 0) takes so much longer. */
  stallsPut(nth: number, ms: number): this {
    this.#set({ objectStoreStallPer1000: 1, objectStoreStallMs: ms });
    this.overrides.push({ label: 'object-store/stall', k: nth, value: 1 });
    return this;
  }

  /** A buggify site of the engine fires at these calls (from 0) of a process. */
  misbehaves(process: string, site: string, ...calls: readonly number[]): this {
    this.#set({ buggifySitePer1000: 1, buggifyFirePer1000: 1 });
    this.overrides.push({ label: `buggify-site/${site}`, k: 0, value: 1 });
    for (const k of calls) this.overrides.push({ label: `buggify/${process}/${site}`, k, value: 1 });
    return this;
  }
}

/** What happens; these say when. */
export class IncidentBuilder {
  readonly #cluster: StoryCluster;
  readonly #what: What;
  readonly #whose: Where;

  constructor(cluster: StoryCluster, what: What, whose: Where) {
    this.#cluster = cluster;
    this.#what = what;
    this.#whose = whose;
  }

  /** At the nth such fact (from 1); of the task itself, if the fault is one of a task. */
  at(fact: FactKind, where: Where = {}, nth = 1): StoryCluster {
    const fields = pathsOf({ ...this.#whose, ...where });
    return this.#push({ kind: 'fact', fact, nth, where: fields });
  }

  /** At the first, and the second must not have been stated by then; `run` sees to it. */
  between(first: FactKind, last: FactKind, where: Where = {}): StoryCluster {
    this.#cluster.gaps.push({ first, last, where: { ...this.#whose, ...where } });
    return this.at(first, where);
  }

  atMs(ms: number): StoryCluster {
    return this.#push({ kind: 'time', ms });
  }

  #push(when: Trigger): StoryCluster {
    this.#cluster.incidents.push({ what: this.#what, when });
    return this.#cluster;
  }
}

/** As incidents name fields: a task by its parts. */
function pathsOf(where: Where): Readonly<Record<string, string | number>> {
  const paths: Record<string, string | number> = {};
  for (const [path, value] of Object.entries(where)) {
    const task = path === 'task' ? /^(.+)\[(\d+)\]$/.exec(String(value)) : null;
    if (task !== null) Object.assign(paths, { 'task.vertex': task[1], 'task.subtask': Number(task[2]) });
    else if (typeof value === 'string' || typeof value === 'number') paths[path] = value;
    else expect.fail(`an incident cannot be selected by ${path}: ${String(value)}`);
  }
  return paths;
}

function runStory(job: StoryJob, cluster: StoryCluster): RunHistory {
  const scenario = storyScenario(job.shape);
  const topics = numbersOf(job.shape, job.sizes, job.extraSizes);
  const plan: Plan = {
    scenario: scenario.id,
    config: { ...USUAL, ...cluster.knobs, ...job.config },
    workload: { kind: 'explicit', topics },
    incidents: cluster.incidents,
    choices: { explicit: cluster.overrides },
  };
  const recorder = new FactRecorder();
  const history = new RunHistory(run(scenario, plan, { listeners: [recorder.probe] }), recorder.stated, topics);
  for (const [kind, count] of countsOf(cluster.incidents))
    expect(history.result.counters.incidents[kind] ?? 0, `${kind} that fired`).toBe(count);
  for (const { first, last, where } of cluster.gaps)
    history.noneBetween([first, where], ['attemptFailed'], last, taskOf(where));
  return history;
}

function taskOf(where: Where): Where {
  return where['task'] === undefined ? {} : { task: where['task'] };
}

function countsOf(incidents: readonly Incident[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { what } of incidents) counts.set(what.kind, (counts.get(what.kind) ?? 0) + 1);
  return counts;
}
