/** What of an attempt runs at one task manager: its tasks, wired to each other and to those elsewhere. */
import { LocalStore } from '../checkpoint/local/local-store.ts';
import { restoreOf } from '../checkpoint/restore/redistribution.ts';
import type { JobConfig } from '../config.ts';
import { assert } from '../errors.ts';
import { keyGroupRange } from '../graph/key-groups.ts';
import { physicalGraph } from '../graph/physical.ts';
import type { JobSpec } from '../job/spec.ts';
import type { Body, KindsTo } from '../messages.ts';
import type { Parts } from '../parts.ts';
import type { Ports } from '../ports.ts';
import type { DataPlane } from '../task/data-plane.ts';
import type { StateQuestion } from '../state/queried.ts';
import { sortDirectory, stateDirectory, sweepUpTo } from '../state/host-files.ts';
import { BatchTask } from '../task/batch-task.ts';
import type { RunningTask } from '../task/running-task.ts';
import { Task } from '../task/task.ts';
import type { Letter, Report } from '../task/task-env.ts';
import type { Scope } from '../waiting.ts';

export interface RunningAttemptEnv {
  readonly ports: Ports;
  readonly job: JobSpec;
  readonly config: JobConfig;
  readonly parts: Parts;
  readonly data: DataPlane;
  /** Sends a report about the attempt, and about the checkpoint if it is not -1. */
  readonly report: <K extends KindsTo<'attempt' | 'stage'>>(
    attempt: number,
    kind: K,
    checkpoint: number,
    body: Body<K>,
  ) => void;
}

/** The tasks of an attempt, wired to each other and to those elsewhere; `start` starts them. */
export function runningAttempt(
  env: RunningAttemptEnv,
  attempt: number,
  deployed: Body<'deploy'>,
  adopted: Body<'deployAdopting'>['keyGroups'],
): RunningAttempt {
  const { ports, job, config, parts, data } = env;
  const { ownersMax, slotHosts } = deployed;
  const scope = scopeOf(env, attempt);
  const scaled = new Map(deployed.scaled.map(({ vertex, parallelism }) => [vertex, parallelism]));
  const keyGroups = new Map(adopted.map(({ vertex, maxParallelism }) => [vertex, maxParallelism]));
  const graph = physicalGraph(job, deployed.parallelism, scaled, keyGroups);
  const restoredFrom = deployed.restoredFrom < 0 ? undefined : deployed.restoredFrom;
  const report = reportOf(env, attempt);
  const local = config.localRecovery ? new LocalStore(ports, job.name, attempt, scope) : undefined;
  const tasks = deployed.tasks.map(({ vertex: uid, subtask, restore }) => {
    const vertex = graph.vertex(uid);
    const task = { vertex: uid, subtask, attempt };
    const range = vertex.keyed ? keyGroupRange(subtask, vertex.parallelism, vertex.maxParallelism) : undefined;
    return new Task({
      ports,
      parts,
      job,
      config,
      graph,
      vertex,
      task,
      copies: range && local?.copiesOf(task, range, restore.local),
      restoredFrom,
      restore,
      ownersMax,
      scope,
      report,
    });
  });
  local?.open();
  if (config.stateBackend === 'lsm') scope.spawn('sweep', sweepUpTo(ports.disk, stateDirectory(job.name), attempt - 1));
  data.attach({
    attempt,
    tasks,
    scope,
    senderHost: (channel) => {
      const host = slotHosts[channel.sender];
      assert(host !== undefined, () => `no slot ${channel.sender} in the deployment`);
      return host;
    },
    typeOf: (edge) => {
      const spec = job.edges[edge];
      assert(spec !== undefined, () => `the job has no edge ${edge}`);
      return spec.type;
    },
  });
  return new RunningAttempt(attempt, scope, tasks, () => {
    data.detach();
  });
}

/** The same of a stage, in batch: its tasks meet no others, they read what those have left. */
export function runningStage(env: RunningAttemptEnv, attempt: number, deployed: Body<'deployStage'>): RunningAttempt {
  const { ports, job, config, parts } = env;
  const { ownersMax, stage, parallelism, subtasks } = deployed;
  const scope = scopeOf(env, attempt);
  const graph = physicalGraph(job, parallelism);
  const vertex = graph.vertex(stage);
  const restores = restoreOf(vertex, undefined, graph);
  const report = reportOf(env, attempt);
  const tasks = subtasks.map((subtask) => {
    const task = { vertex: stage, subtask, attempt };
    const restore = restores[subtask];
    assert(restore !== undefined, () => `${stage} has no subtask ${subtask}`);
    const inputs = deployed.inputs.filter(({ receiver }) => receiver === subtask);
    return new BatchTask({
      ports,
      parts,
      job,
      config,
      graph,
      vertex,
      task,
      copies: undefined,
      restoredFrom: undefined,
      restore,
      ownersMax,
      scope,
      report,
      inputs,
    });
  });
  // Whichever stage they were of: stages run one after the other.
  for (const directory of [stateDirectory(job.name), sortDirectory(job.name)])
    scope.spawn(`sweep of ${directory}`, sweepUpTo(ports.disk, directory, attempt - 1));
  return new RunningAttempt(attempt, scope, tasks, () => undefined);
}

function scopeOf({ ports }: RunningAttemptEnv, attempt: number): Scope {
  return ports.scope.child(`attempt ${attempt}`, (error) => {
    throw error;
  });
}

function reportOf(env: RunningAttemptEnv, attempt: number): Report {
  return (kind, checkpoint, body) => {
    env.report(attempt, kind, checkpoint, body);
  };
}

export class RunningAttempt {
  readonly attempt: number;
  readonly #detach: () => void;
  readonly #scope: Scope;
  readonly #tasks: ReadonlyMap<string, RunningTask>;

  /** `detach`: the tasks' connections are closed. */
  constructor(attempt: number, scope: Scope, tasks: readonly RunningTask[], detach: () => void) {
    this.attempt = attempt;
    this.#scope = scope;
    this.#detach = detach;
    this.#tasks = new Map(tasks.map((task) => [taskKey(task.id.vertex, task.id.subtask), task]));
  }

  start(): void {
    for (const task of this.#tasks.values()) task.start();
  }

  /** What each task waits for: for the wait-for explanation. */
  waiting(): readonly string[] {
    return [...this.#tasks.values()].flatMap((task) =>
      task.waitsFor === undefined ? [] : [`${taskKey(task.id.vertex, task.id.subtask)} waits for ${task.waitsFor}`],
    );
  }

  toAll(letter: Letter): void {
    for (const task of this.#tasks.values()) task.post(letter);
  }

  /** The task must be here. */
  toTask(vertex: string, subtask: number, letter: Letter): void {
    const task = this.#tasks.get(taskKey(vertex, subtask));
    assert(task !== undefined, () => `a ${letter.kind} letter for ${vertex}[${subtask}], which is not here`);
    task.post(letter);
  }

  /** For a letter that goes to every task manager, each of which has some of the tasks. */
  toTaskIfHere(vertex: string, subtask: number, letter: Letter): void {
    this.#tasks.get(taskKey(vertex, subtask))?.post(letter);
  }

  /** A question for the keyed state of a task. */
  readState(vertex: string, subtask: number, question: StateQuestion): void {
    const task = this.#tasks.get(taskKey(vertex, subtask));
    if (task === undefined) question.answer({ error: 'not-running' });
    else task.readState(question);
  }

  cancel(): void {
    this.#detach();
    for (const task of this.#tasks.values()) task.cancel();
    this.#scope.cancel();
  }
}

function taskKey(vertex: string, subtask: number): string {
  return `${vertex}[${subtask}]`;
}
