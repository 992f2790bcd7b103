/** Composes what a plan runs on: a universe with a whole cluster of the engine in it, and the workload in its topics. */
import type { CheckpointKind } from '../../core/barrier-options.ts';
import { checkBatch } from '../../core/batch/refusals.ts';
import { CONTROL_SERVICE, createJobManager, type JobManager } from '../../core/cluster/job-manager.ts';
import { StateClient, type StateQuery } from '../../core/cluster/state-client.ts';
import { leastSlots } from '../../core/cluster/reactive.ts';
import { createTaskManager, type TaskManager } from '../../core/cluster/task-manager.ts';
import { samePlace } from '../../core/defined-at.ts';
import { physicalGraph } from '../../core/graph/physical.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { completedKey, prefixAt } from '../../core/checkpoint/storage/metadata.ts';
import { requireMadeHere } from '../../core/origin.ts';
import type { Parts } from '../../core/parts.ts';
import type { Fork } from '../witness/fork.ts';
import { Universe, type UniverseOptions } from '../../sim/universe.ts';
import { type ClusterConfig, type Config, configOf, isBatch, JOB_MANAGER, taskManagerName } from '../plan/knobs.ts';
import type { Expectations } from '../plan/expects.ts';
import { OwnJob } from '../model/own-job.ts';
import type { Plan, RestoreFrom, Workload } from '../plan/plan.ts';
import type { Scenario } from '../plan/scenario.ts';
import type { ScaleAsked } from '../world.ts';
import { queryIn } from './query.ts';
import { addOutputs, fillInput, provideServices } from './surroundings.ts';

/** Where the files of a checkpoint are put that a job starts from. */
const RESTORED = 'restored/';
/** Until a process of the next version of the job runs. */
const DEPLOYMENT_MS = 20;

/** What is run: what a plan says, with the scenario's job filled in, and the parts of the engine. */
export interface Subject {
  readonly plan: Plan;
  readonly workload: Workload;
  readonly config: Config;
  /** The workload's job, with the plan's number of key groups, as far as this version declares it. */
  readonly job: JobSpec;
  readonly parts: Parts;
  readonly expects: Expectations;
  /** The same job made anew by its scenario, with functions whose closures have seen nothing of this run. */
  readonly afresh: () => JobSpec;
  /** The next version of the job, if there is one. */
  readonly next: (() => Subject) | undefined;
}

/** The second part of a run that goes on from a checkpoint: what is started from which files. */
export interface Sequel {
  readonly from: RestoreFrom;
  readonly subject: Subject;
}

/** What runs first, and what goes on from its checkpoint, if the scenario has such a start. */
export function partsOf(
  scenario: Scenario,
  plan: Plan,
  parts: Parts,
  watch?: (job: JobSpec) => JobSpec,
): { readonly subject: Subject; readonly sequel: Sequel | undefined } {
  const { from } = scenario;
  if (from === undefined) return { subject: subjectOf(scenario, plan, parts, watch), sequel: undefined };
  return {
    subject: subjectOf(from.scenario, from.plan, parts, watch),
    sequel: { from, subject: subjectOf(scenario, plan, parts, watch, from.startsAs) },
  };
}

/** The job of a plan does not depend on its records. */
const ONE_RECORD: Plan['workload'] = { kind: 'generated', seed: '', count: 1 };

export function subjectOf(
  scenario: Scenario,
  plan: Plan,
  parts: Parts,
  watch: (job: JobSpec) => JobSpec = (job) => job,
  version = 1,
): Subject {
  const workload = scenario.build(plan, version);
  requireMadeHere(workload.job);
  if (isBatch(plan)) checkBatch(workload.job);
  const { job, world, cluster } = configOf(
    plan,
    Math.max(1, ...workload.job.nodes.map((node) => node.parallelism ?? 1)),
  );
  const queryableState = plan.incidents.some(({ what }) => what.kind === 'query');
  const { restartOnJobFaults = false } = workload;
  const config = { job: { ...job, restartOnJobFaults, queryableState }, world, cluster };
  return {
    plan,
    workload,
    config,
    parts,
    expects: scenario.expects ?? {},
    afresh: () =>
      withMaxParallelism(scenario.build({ ...plan, workload: ONE_RECORD }, version).job, config.cluster, version),
    next: version < (scenario.versions ?? 1) ? () => subjectOf(scenario, plan, parts, watch, version + 1) : undefined,
    job: withMaxParallelism(watch(ownFunctions(workload.job)), config.cluster, version),
  };
}

/** A run begins as a process does: with functions whose closures no earlier run has filled, if the job can be recorded anew. */
function ownFunctions(job: JobSpec): JobSpec {
  if (job.rebuild === undefined) return job;
  const own = new OwnJob(job);
  own.renew();
  for (const { id, operator } of job.nodes) {
    const copy = own.job.nodes[id]?.operator;
    if (copy !== undefined) samePlace(copy, operator);
  }
  return own.job;
}

/** The default of SEMANTICS for any parallelism that a plan draws. */
const DEFAULT_MAX_PARALLELISM = 128;

/**
 * The plan's number of key groups for every operator that declares none; keyed ones may have one of their own. What is chained
 * behind an operator has as many as it has, so that chains stay what they are. A version after the first may declare none: it has
 * the same chains, and what it restores has the numbers of the first.
 */
function withMaxParallelism(job: JobSpec, cluster: ClusterConfig, version: number): JobSpec {
  const { maxParallelism, maxParallelismSpread, maxParallelismForgotten } = cluster;
  if (maxParallelism === 0 && maxParallelismSpread === 0) return job;
  if (maxParallelismForgotten === 1 && version > 1) return job;
  const base = maxParallelism === 0 ? DEFAULT_MAX_PARALLELISM : maxParallelism;
  const chosen: number[] = [];
  for (const node of job.nodes) {
    const inputs = job.edges.filter(({ to }) => to === node.id);
    const [input] = inputs;
    const own = base + (spreadOf(node.uid) % (maxParallelismSpread + 1));
    const keyed = inputs.some(({ partition }) => partition.kind === 'hash');
    const follows = inputs.length === 1 && input?.partition.kind === 'forward' ? chosen[input.from] : undefined;
    chosen.push(keyed ? own : (follows ?? base));
  }
  const nodes = job.nodes.map((node) =>
    node.maxParallelism === undefined
      ? { ...node, maxParallelism: Math.max(chosen[node.id] ?? base, node.parallelism ?? 1) }
      : node,
  );
  return { ...job, nodes };
}

/** By uid, so that it is the same in every version of a job. */
function spreadOf(uid: string): number {
  return Array.from(uid).reduce((sum, char) => 31 * (sum % 1_000_003) + (char.codePointAt(0) ?? 0), 7);
}

/** The engine's processes, each on a host of its own. They start with the universe. */
export class Cluster {
  readonly universe: Universe;
  #subject: Subject;
  /** Of operators that declare none; undefined: as the plan says. */
  #parallelism: number | undefined;
  /** What another job starts from, or the same one anew. */
  #fork: Fork | undefined;
  #allowNonRestoredState: boolean | undefined;
  readonly #taskManagers = new Map<string, TaskManager>();
  /** Task managers whose hosts are there, dead or alive, with their slots; undefined: as the configuration says. */
  readonly #hosts = new Map<string, number | undefined>();
  #hostsEver = 0;
  readonly #scaleListeners: ((asked: ScaleAsked) => void)[] = [];
  readonly #checkpointListeners: ((kind: CheckpointKind) => void)[] = [];
  #jobManager: JobManager | undefined;
  #client: { ask(query: StateQuery): void } | undefined;

  /** `sequel`: what `restart` will start. */
  constructor(
    subject: Subject,
    options: Pick<UniverseOptions, 'recordOverrides' | 'scratch' | 'digest'>,
    sequel?: Sequel,
  ) {
    const { plan, config, job, workload } = subject;
    this.universe = new Universe({
      choices: plan.choices,
      world: config.world,
      incidents: plan.incidents,
      listeners: [],
      ...options,
      ...(sequel === undefined ? {} : { later: sequel.subject.plan }),
    });
    this.#subject = subject;
    fillInput(this.universe, job, workload.topics);
    provideServices(this.universe, job, workload.services);
    this.#launch();
    if (config.job.queryableState || sequel?.subject.config.job.queryableState === true) this.#launchClient();
  }

  /** Runs in the process of the job manager, in an event of its own; not at all if it is dead by then. */
  askJobManager(ask: (jobManager: JobManager) => void): void {
    this.universe.enter(JOB_MANAGER, () => {
      if (this.#jobManager !== undefined) ask(this.#jobManager);
    });
  }

  /** Somebody outside asks for the state of a key, if there is any yet. */
  query(state: number, key: number): void {
    const { job, parts } = this.#subject;
    const query = queryIn(this.universe, job, parts, { state, key });
    if (query === undefined) return;
    this.universe.enter(CLIENT, () => {
      this.#client?.ask(query);
    });
  }

  /** The operators that are rescaled on their own: heads of chains that declare no parallelism, by uid, sources first. */
  get rescalable(): readonly string[] {
    const { vertices } = physicalGraph(this.#subject.job, 1);
    return vertices.filter(({ nodes }) => nodes[0]?.parallelism === undefined).map(({ uid }) => uid);
  }

  /**
   * Stops every process, and starts them with the next version of the job, at this parallelism. Undefined: there is none, and
   * nothing happens. A fork starts from the savepoint that the job is stopped with: without one nothing happens, either.
   */
  deployNext(parallelism: number): Deployed | undefined {
    const next = this.#subject.next?.();
    if (next === undefined) return undefined;
    const { fork } = next.workload;
    if (fork !== undefined) {
      const from = this.#jobManager?.stopped?.savepoint;
      if (from === undefined) return undefined;
      const to = fork.moved ? this.#move(from, `moved/${next.job.name}/`) : from;
      this.#fork = { job: next.job.name, from, to, claimed: fork.claim, same: false };
    }
    this.#allowNonRestoredState = undefined;
    this.#subject = next;
    this.#parallelism = parallelism;
    addOutputs(this.universe, next.job);
    provideServices(this.universe, next.job, next.workload.services);
    this.stopFor(DEPLOYMENT_MS);
    return { subject: next, fork: fork === undefined ? undefined : this.#fork };
  }

  /** Stops every process for so long. */
  stopFor(ms: number): void {
    for (const process of this.#processes) this.universe.restart(process, ms);
  }

  /**
   * While no process runs: of all that the job before has left there is the broker, and these files, which somebody has copied to a
   * place of their own. The processes start with the new job, from them.
   */
  restartFrom({ from, subject }: Sequel): Deployed {
    const { objects, ha } = this.universe;
    const { job } = subject;
    // Savepoints are their users'.
    for (const { name } of [this.#subject.job, job]) {
      ha.forget(completedKey(name));
      for (const object of objects.names(`${name}/`)) objects.takeAway(object);
    }
    const own = prefixAt(from.metadata);
    for (const [name, bytes] of from.objects)
      objects.seed(name.startsWith(own) ? RESTORED + name.slice(own.length) : name, bytes);
    const to = RESTORED + from.metadata.slice(own.length);
    this.#fork = { job: job.name, from: from.metadata, to, claimed: from.claim, same: from.startsAs === from.version };
    this.#allowNonRestoredState = from.allowNonRestoredState;
    this.#subject = subject;
    this.#parallelism = undefined;
    addOutputs(this.universe, job);
    provideServices(this.universe, job, subject.workload.services);
    return { subject, fork: this.#fork };
  }

  /** The next version of the job, if there is one, is another job. */
  get isNextFork(): boolean {
    return this.#subject.next?.().workload.fork !== undefined;
  }

  /**
   * The owner deletes the savepoint that the job was started from, if the job has not claimed it. Returns the name of its
   * metadata; undefined: there is none.
   */
  deleteOriginal(): string | undefined {
    const fork = this.#fork;
    if (fork === undefined || fork.claimed || fork.job !== this.#subject.job.name) return undefined;
    const { objects } = this.universe;
    for (const name of objects.names(prefixAt(fork.to))) objects.takeAway(name);
    return fork.to;
  }

  /** The owner of the savepoint that the job was started from deletes it once the job has a checkpoint of its own. */
  get deletesOriginal(): boolean {
    return this.#subject.workload.fork?.deletesOriginal === true;
  }

  /** Those whose hosts are there, dead or alive. */
  get taskManagers(): readonly string[] {
    return [...this.#hosts.keys()];
  }

  get #processes(): readonly string[] {
    return [JOB_MANAGER, ...this.#hosts.keys()];
  }

  /** Somebody moves a savepoint to another prefix. Returns the new name of its metadata. */
  #move(metadata: string, to: string): string {
    const { objects } = this.universe;
    const from = prefixAt(metadata);
    for (const name of objects.names(from)) {
      const bytes = objects.object(name);
      if (bytes !== undefined) objects.seed(to + name.slice(from.length), bytes);
      objects.takeAway(name);
    }
    return to + metadata.slice(from.length);
  }

  /** The newest incarnation, dead or alive; undefined before it has started. */
  get jobManager(): JobManager | undefined {
    return this.#jobManager;
  }

  /** What job manager, task managers and coroutines wait for, a line each. */
  whoWaits(): readonly string[] {
    const lines = [...(this.#jobManager?.waiting() ?? [])];
    for (const [name, taskManager] of this.#taskManagers) {
      if (this.universe.isAlive(name)) lines.push(...taskManager.waiting().map((line) => `${name}: ${line}`));
    }
    return [...lines, ...this.universe.whoWaits()];
  }

  #launchClient(): void {
    this.universe.launch(hostOf(CLIENT), CLIENT, (ports) => {
      const client = new StateClient(ports, { host: hostOf(JOB_MANAGER), service: CONTROL_SERVICE });
      this.#client = {
        ask: (query) => {
          ports.scope.spawn('query', client.query(query));
        },
      };
    });
  }

  #launch(): void {
    this.universe.launch(hostOf(JOB_MANAGER), JOB_MANAGER, (ports) => {
      const { job, config, parts, workload } = this.#subject;
      const allowNonRestoredState = this.#allowNonRestoredState ?? workload.allowNonRestoredState ?? false;
      const parallelism = this.#parallelism ?? config.job.parallelism;
      const fork = this.#fork?.job === job.name ? this.#fork : undefined;
      this.#asked({ kind: 'started', parallelism });
      this.#jobManager = createJobManager(ports, job, { ...config.job, parallelism }, parts, {
        allowNonRestoredState,
        ...(fork === undefined ? {} : { restoreFrom: fork.to, claim: fork.claimed }),
      });
    });
    for (let i = 0; i < this.#subject.config.cluster.taskManagers; i++) this.addHost();
  }

  /** With a task manager, which starts now. */
  addHost(slots?: number): void {
    const name = taskManagerName(++this.#hostsEver);
    const jobManager = { host: hostOf(JOB_MANAGER), service: CONTROL_SERVICE };
    this.#hosts.set(name, slots);
    this.universe.launch(hostOf(name), name, (ports) => {
      const { job, config, parts } = this.#subject;
      const slotsPerTaskManager = this.#slotsOf(name);
      const own = { ...config.job, slotsPerTaskManager };
      this.#taskManagers.set(name, createTaskManager(ports, job, own, parts, { jobManager }));
    });
  }

  /** Its task manager is gone with it. Nothing happens if the job could not go on without its slots. */
  removeHost(taskManager: string): void {
    const { job, config } = this.#subject;
    if (config.job.schedulerMode !== 'reactive' || !this.#hosts.has(taskManager)) return;
    const left = [...this.#hosts.keys()].reduce((sum, each) => sum + this.#slotsOf(each), -this.#slotsOf(taskManager));
    if (left < leastSlots(job)) return;
    this.#hosts.delete(taskManager);
    this.universe.remove(taskManager);
  }

  #slotsOf(taskManager: string): number {
    return this.#hosts.get(taskManager) ?? this.#subject.config.job.slotsPerTaskManager;
  }

  /** A person rescales the job, or, with `uid`, one operator of it. */
  rescale(parallelism: number, uid?: string): void {
    this.askJobManager((jobManager) => {
      if (jobManager.rescale(parallelism, uid) === undefined) this.#asked({ kind: 'rescaled', parallelism, uid });
    });
  }

  /** A person asks for a savepoint, or for a checkpoint beside the periodic ones. */
  savepoint(kind: CheckpointKind): void {
    this.askJobManager((jobManager) => {
      if (jobManager.savepoint(kind) !== undefined) return;
      if (kind === 'stop' || kind === 'drain') this.#asked({ kind: 'stop' });
      for (const listener of this.#checkpointListeners) listener(kind);
    });
  }

  /** Called when somebody has said how many subtasks there are to be. */
  onScaleAsked(listener: (asked: ScaleAsked) => void): void {
    this.#scaleListeners.push(listener);
  }

  /** Called when the job manager has agreed to take a checkpoint or savepoint that a person has asked for. */
  onCheckpointAsked(listener: (kind: CheckpointKind) => void): void {
    this.#checkpointListeners.push(listener);
  }

  #asked(asked: ScaleAsked): void {
    for (const listener of this.#scaleListeners) listener(asked);
  }
}

/** No part of the job: it asks for the state of keys. */
const CLIENT = 'client';

/** What was started in the place of the job before. */
export interface Deployed {
  readonly subject: Subject;
  /** It is another job. */
  readonly fork: Fork | undefined;
}

function hostOf(process: string): string {
  return `host-${process}`;
}
