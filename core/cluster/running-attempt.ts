/** What of an attempt runs at one task manager: its tasks, wired to each other and to those elsewhere. */
import type { JobConfig } from '../config.ts';
import { assert } from '../errors.ts';
import { physicalGraph } from '../graph/physical.ts';
import type { JobSpec } from '../job/spec.ts';
import type { Body, KindsTo } from '../messages.ts';
import type { Parts } from '../parts.ts';
import type { Ports } from '../ports.ts';
import type { DataPlane } from '../task/data-plane.ts';
import type { StateQuestion } from '../state/queried.ts';
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
  readonly report: <K extends KindsTo<'attempt'>>(attempt: number, kind: K, checkpoint: number, body: Body<K>) => void;
}

export class RunningAttempt {
  readonly attempt: number;
  readonly #data: DataPlane;
  readonly #scope: Scope;
  readonly #tasks: ReadonlyMap<string, Task>;

  /** Makes the tasks; `start` starts them. */
  constructor(env: RunningAttemptEnv, attempt: number, deployed: Body<'deploy'>) {
    const { ports, job, config, parts, data } = env;
    const { ownersMax, slotHosts } = deployed;
    this.attempt = attempt;
    this.#data = data;
    const scope = ports.scope.child(`attempt ${attempt}`, (error) => {
      throw error;
    });
    this.#scope = scope;
    const scaled = new Map(deployed.scaled.map(({ vertex, parallelism }) => [vertex, parallelism]));
    const graph = physicalGraph(job, deployed.parallelism, scaled);
    const restoredFrom = deployed.restoredFrom < 0 ? undefined : deployed.restoredFrom;
    const report: Report = (kind, checkpoint, body) => {
      env.report(attempt, kind, checkpoint, body);
    };
    const tasks = new Map<string, Task>();
    for (const { vertex: uid, subtask, restore } of deployed.tasks) {
      const vertex = graph.vertex(uid);
      const task = { vertex: uid, subtask, attempt };
      tasks.set(
        taskKey(uid, subtask),
        new Task({ ports, parts, job, config, graph, vertex, task, restoredFrom, restore, ownersMax, scope, report }),
      );
    }
    this.#tasks = tasks;
    data.attach({
      attempt,
      tasks: [...tasks.values()],
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
    this.#data.detach();
    for (const task of this.#tasks.values()) task.cancel();
    this.#scope.cancel();
  }
}

function taskKey(vertex: string, subtask: number): string {
  return `${vertex}[${subtask}]`;
}
