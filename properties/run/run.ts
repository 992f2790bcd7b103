/**
 * One run: a plan in, an outcome out. Pure: the same scenario and plan give the same outcome, digest included, whatever
 * ran before in this process; laws, marks, trace and the scratch leave no trace in it.
 *
 *   chaos   faults on, safety laws listen              until all input is visible and the last timed incident is due
 *   heal    incidents that have not struck never will
 *   settle  the job must finish by a virtual time that is computed from the plan (`deadlines`)
 *   verdict end-of-run laws
 */
import type { JobSpec, NodeSpec } from '../../core/job/spec.ts';
import { createJobManager, CONTROL_SERVICE, type JobManager } from '../../core/cluster/job-manager.ts';
import { createTaskManager, type TaskManager } from '../../core/cluster/task-manager.ts';
import { JobError, messageOf } from '../../core/errors.ts';
import type { Facts, Probe } from '../../core/facts.ts';
import { defaultParts, type Parts } from '../../core/parts.ts';
import type { TransactionInfo } from '../../core/ports.ts';
import { ByteWriter } from '../../core/values/bytes.ts';
import { fromBytes, serializerOf } from '../../core/values/serializers.ts';
import type { Scratch } from '../../sim/kernel/scratch.ts';
import type { Override } from '../../sim/kernel/types.ts';
import { withTraps } from '../../sim/traps.ts';
import { type Crash, type Death, Universe } from '../../sim/universe.ts';
import type { CommitListener } from '../../sim/services/broker.ts';
import { createLaws, judgeEndOnly, type LawsOfRun, worstFirst } from '../laws/index.ts';
import type { WorldView } from '../world.ts';
import { createMarks, type MarksOfRun } from '../marks/index.ts';
import { createModel } from '../model/model.ts';
import type { Counters, Observed, Outcome, Verdict, Violation } from '../outcome.ts';
import { deadlines } from '../plan/costs.ts';
import { type Config, configOf, JOB_MANAGER, taskManagerNames } from '../plan/knobs.ts';
import type { Plan, Topics, Workload } from '../plan/plan.ts';
import type { Scenario } from '../plan/scenario.ts';
import { Tally } from './tally.ts';
import { startTrace } from './trace.ts';

export interface RunOptions {
  readonly scratch?: Scratch;
  /** Default true. Without laws and marks only crashes and the job's end are judged. */
  readonly laws?: boolean;
  /** Keep what explains a failure: the chain of records behind a violation, and the story of the run. */
  readonly trace?: boolean;
  readonly recordOverrides?: boolean;
  readonly listeners?: readonly Probe[];
  readonly parts?: Parts;
  /** Off only to measure what the digest costs. */
  readonly digest?: boolean;
  /** A universe that takes more events than this is inconclusive. Default: what no honest plan of ours comes near. */
  readonly eventsMax?: number;
}

export interface RunResult extends Outcome {
  /** With `recordOverrides`: every draw that was not 0. */
  readonly overrides?: readonly Override[];
  /** With `trace`: a line per event worth telling, with its virtual time. */
  readonly trace?: readonly string[];
}

const SINK_PARTITIONS = 2;
const EVENTS_MAX = 5_000_000;

/** Throws `JobError` if the plan's job breaks the rules; anything else that escapes is a bug of the harness. */
export function run(scenario: Scenario, plan: Plan, options: RunOptions = {}): RunResult {
  return withTraps(() => new Run(scenario, plan, options).result());
}

class Run {
  readonly #plan: Plan;
  readonly #options: RunOptions;
  readonly #config: Config;
  readonly #workload: Workload;
  readonly #job: JobSpec;
  readonly #universe: Universe;
  readonly #violations: Violation[] = [];
  readonly #tally = new Tally((name) => this.#universe.objects.object(name));
  readonly #commitListeners: CommitListener[] = [];
  readonly #deathListeners: ((death: Death) => void)[] = [];
  readonly #crashListeners: ((crash: Crash) => void)[] = [];
  readonly #laws: LawsOfRun;
  readonly #marks: MarksOfRun | undefined;
  readonly #trace: readonly string[] | undefined;
  #jobManager: JobManager | undefined;
  readonly #taskManagers = new Map<string, TaskManager>();

  constructor(scenario: Scenario, plan: Plan, options: RunOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#workload = scenario.build(plan);
    this.#config = configOf(plan, Math.max(1, ...this.#workload.job.nodes.map((node) => node.parallelism ?? 1)));
    this.#job = withMaxParallelism(this.#workload.job, this.#config.cluster.maxParallelism);
    const world = this.#world();
    if (options.laws === false) {
      this.#laws = judgeEndOnly(world);
    } else {
      this.#laws = createLaws(world, createModel(this.#job), { trace: options.trace ?? false });
      this.#marks = createMarks(world);
    }
    const trace = options.trace === true ? startTrace(world) : undefined;
    this.#trace = trace?.lines;
    const listeners: Probe[] = [
      this.#laws.probe,
      ...(this.#marks === undefined ? [] : [this.#marks.probe]),
      this.#tally.probe,
      {
        jobEnded: (fact) => {
          this.#jobEnded(fact);
        },
      },
      ...(trace === undefined ? [] : [trace.probe]),
      ...(options.listeners ?? []),
    ];
    this.#universe = new Universe({
      choices: plan.choices,
      world: this.#config.world,
      incidents: plan.incidents,
      listeners,
      recordOverrides: options.recordOverrides ?? false,
      digest: options.digest ?? true,
      ...(options.scratch === undefined ? {} : { scratch: options.scratch }),
    });
    for (const listener of this.#commitListeners) this.#universe.broker.onCommitted(listener);
    for (const listener of this.#deathListeners) this.#universe.onDeath(listener);
    for (const listener of this.#crashListeners) this.#universe.onCrash(listener);
    this.#fillTopics();
    this.#launch(options.parts ?? defaultParts);
  }

  result(): RunResult {
    try {
      return this.#result();
    } finally {
      this.#universe.close();
    }
  }

  #result(): RunResult {
    const { chaosUs, settleUs } = deadlines(this.#config, this.#plan.incidents, this.#workload.topics);
    const eventsMax = this.#options.eventsMax ?? EVENTS_MAX;
    let state = this.#universe.run(chaosUs, eventsMax);
    if (state !== 'stopped') {
      this.#universe.heal();
      state = this.#universe.run(settleUs, eventsMax);
    }
    const { verdict, reason } = this.#judge(state, settleUs, eventsMax);
    return {
      verdict,
      violations: worstFirst(this.#violations),
      marks: this.#marks?.reached() ?? [],
      counters: this.#counters(),
      checkpoints: this.#tally.checkpoints,
      observed: this.#observed(),
      digest: this.#universe.digest,
      reason,
      ...(this.#options.recordOverrides === true ? { overrides: this.#universe.overrides() } : {}),
      ...(this.#trace === undefined ? {} : { trace: this.#trace }),
    };
  }

  // ---- composition

  #launch(parts: Parts): void {
    const { job, cluster } = this.#config;
    this.#universe.launch(`host-${JOB_MANAGER}`, JOB_MANAGER, (ports) => {
      this.#jobManager = createJobManager(ports, this.#job, job, parts);
    });
    const jobManager = { host: `host-${JOB_MANAGER}`, service: CONTROL_SERVICE };
    for (const name of taskManagerNames(cluster.taskManagers)) {
      this.#universe.launch(`host-${name}`, name, (ports) => {
        this.#taskManagers.set(name, createTaskManager(ports, this.#job, job, parts, { jobManager }));
      });
    }
    this.#universe.onOperation = (ask) => {
      this.#universe.enter(JOB_MANAGER, () => {
        if (this.#jobManager !== undefined) ask(this.#jobManager);
      });
    };
  }

  #fillTopics(): void {
    const { broker } = this.#universe;
    for (const node of this.#job.nodes) {
      if (node.operator.kind === 'sink') {
        broker.createTopic(node.operator.sink.topic, SINK_PARTITIONS);
      } else if (node.operator.kind === 'source') {
        const { topic, type, bounded } = node.operator.source;
        const partitions = this.#workload.topics[topic];
        if (partitions === undefined) throw new JobError(`source ${node.uid}: the workload has no topic ${topic}`);
        broker.createTopic(topic, partitions.length);
        const serializer = serializerOf(type);
        const out = new ByteWriter();
        partitions.forEach((records, partition) => {
          const bytes = records.map((value) => {
            serializer.write(value, out);
            return out.take();
          });
          broker.seed(topic, partition, bytes, !bounded);
        });
      }
    }
  }

  #jobEnded(fact: Facts['jobEnded']): void {
    // As an operator would. A job manager that dies over it states the end again after its restart, and is asked again.
    const stopped = this.#jobManager?.stopped;
    if (stopped?.drained === false) {
      this.#universe.enter(JOB_MANAGER, () => {
        this.#jobManager?.resume();
      });
      return;
    }
    this.#tally.ended = fact;
    this.#universe.stop();
  }

  /** The laws are there before the universe: the view reaches it only once the run is on. */
  #world(): WorldView {
    return {
      job: this.#job,
      input: this.#workload.topics,
      checkpointing: this.#config.job.checkpointing,
      inspectState: (this.#options.parts ?? defaultParts).stateBackend.inspect,
      nowUs: () => this.#universe.nowUs,
      onCommitted: (listener) => {
        this.#commitListeners.push((commit) => {
          for (const record of commit.records) listener(record);
        });
      },
      object: (name) => this.#universe.objects.object(name),
      haValue: (key) => this.#universe.ha.value(key)?.bytes,
      transactions: () => unsettledTransactions(this.#universe),
      onKilled: (listener) => {
        this.#deathListeners.push((death) => {
          listener(death.process);
        });
      },
      onCrashed: (listener) => {
        this.#crashListeners.push(({ process, message }) => {
          listener(process, message);
        });
      },
      currentProcess: () => this.#universe.stating,
      violated: (violation) => {
        this.#violations.push({ ...violation, atUs: this.#universe.nowUs });
      },
    };
  }

  // ---- verdict

  #judge(
    state: 'stopped' | 'dry' | 'deadline',
    settleUs: number,
    eventsMax: number,
  ): { verdict: Verdict; reason: string | undefined } {
    const ended = this.#tally.ended;
    if (state === 'stopped' && ended !== undefined) {
      if (ended.status === 'failed') {
        this.#laws.failed(ended.message);
      } else {
        this.#laws.settled();
      }
    } else if (state === 'deadline' && this.#universe.nowUs < settleUs && this.#universe.kernel.events >= eventsMax) {
      const reason = `${eventsMax} events without an end`;
      return { verdict: this.#violations.length > 0 ? 'fail' : 'inconclusive', reason };
    } else {
      this.#laws.notSettled(this.#whoWaits());
    }
    return { verdict: this.#violations.length > 0 ? 'fail' : 'pass', reason: undefined };
  }

  #whoWaits(): readonly string[] {
    const failure = this.#tally.lastFailure;
    const lines = failure === undefined ? [] : [`the last attempt that failed: ${failure}`];
    lines.push(...(this.#jobManager?.waiting() ?? []));
    for (const [name, taskManager] of this.#taskManagers) {
      if (this.#universe.isAlive(name)) lines.push(...taskManager.waiting().map((line) => `${name}: ${line}`));
    }
    return [...lines, ...this.#universe.whoWaits()];
  }

  #counters(): Counters {
    const { kernel, choices, nowUs, fired } = this.#universe;
    return {
      ...this.#tally.counters(),
      sourceRecords: countRecords(this.#workload.topics),
      events: kernel.events,
      draws: choices.draws,
      virtualUs: nowUs,
      incidents: Object.fromEntries(fired),
    };
  }

  #observed(): Observed {
    const committed: Record<string, unknown[]> = {};
    for (const node of this.#job.nodes) {
      if (node.operator.kind !== 'sink') continue;
      const { topic, type } = node.operator.sink;
      committed[topic] = this.#universe.broker.committed(topic).map((record) => decoded(node, type, record.bytes));
    }
    return { committed };
  }
}

/** The plan's number of key groups for every operator that declares none. */
function withMaxParallelism(job: JobSpec, maxParallelism: number): JobSpec {
  if (maxParallelism === 0) return job;
  const nodes = job.nodes.map((node) =>
    node.maxParallelism === undefined
      ? { ...node, maxParallelism: Math.max(maxParallelism, node.parallelism ?? 1) }
      : node,
  );
  return { ...job, nodes };
}

function unsettledTransactions(universe: Universe): readonly TransactionInfo[] {
  const found: TransactionInfo[] = [];
  for (const { id, owner, state } of universe.broker.transactionStates()) {
    if (state === 'open' || state === 'prepared') found.push({ id, owner, state });
  }
  return found;
}

/** A committed record that cannot be decoded is the laws' to judge; here it is shown as what it is. */
function decoded(node: NodeSpec, type: NodeSpec['outType'], bytes: Uint8Array): unknown {
  try {
    return fromBytes(type, bytes);
  } catch (error) {
    return { undecodable: `${node.uid}: ${messageOf(error)}` };
  }
}

function countRecords(topics: Topics): number {
  let count = 0;
  for (const partitions of Object.values(topics)) for (const partition of partitions) count += partition.length;
  return count;
}
