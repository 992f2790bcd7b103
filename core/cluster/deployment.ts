/**
 * The task managers that run one attempt: sends to them with the attempt's header, and cancels them at its end.
 *
 *   deploy -> trigger, notify, add splits ... -> over -> cancel, until each has confirmed or is lost
 */
import { restoreOf } from '../checkpoint/restore/redistribution.ts';
import type { CheckpointedTasks } from '../checkpoint/coordinator/coordinator-env.ts';
import type { CheckpointMetadata } from '../checkpoint/storage/metadata.ts';
import { JobError } from '../errors.ts';
import type { PhysicalGraph } from '../graph/physical.ts';
import type { Body, KindsTo, MessageHeader } from '../messages.ts';
import { type Coroutine, Deferred } from '../waiting.ts';
import { type NotificationEnv, notify } from './notifications.ts';
import { type Registration, sendTo, type Slot } from './placement.ts';

type DeployedTasks = Body<'deploy'>['tasks'];

/** The tasks of each task manager. Throws `JobError` if one cannot be restored. Pure. */
export function assignTasks(
  graph: PhysicalGraph,
  metadata: CheckpointMetadata | undefined,
  owned: boolean,
  slots: readonly Slot[],
): ReadonlyMap<Registration, DeployedTasks> {
  const tasks = new Map<Registration, DeployedTasks[number][]>();
  for (const vertex of graph.vertices) {
    restoreOf(vertex, metadata, graph, owned).forEach((restore, subtask) => {
      const slot = slots[subtask];
      if (slot === undefined) throw new JobError(`no slot for ${vertex.uid}[${subtask}]`);
      const own = tasks.get(slot.registration) ?? [];
      own.push({ vertex: vertex.uid, subtask, restore });
      tasks.set(slot.registration, own);
    });
  }
  return tasks;
}

export class Deployment implements CheckpointedTasks {
  readonly #notifications: NotificationEnv;
  readonly #header: Omit<MessageHeader, 'checkpoint'>;
  readonly #slots: readonly Slot[];
  /** Every one of them has a task: each slot is used by the vertex of the highest parallelism. */
  readonly #taskManagers: ReadonlySet<Registration>;
  /** Task managers that have not confirmed the cancellation. */
  readonly #notCancelled = new Set<Registration>();
  #allCancelled: Deferred<void> | undefined;
  #over = false;

  constructor(notifications: NotificationEnv, header: Omit<MessageHeader, 'checkpoint'>, slots: readonly Slot[]) {
    this.#notifications = notifications;
    this.#header = header;
    this.#slots = slots;
    this.#taskManagers = new Set(slots.map((slot) => slot.registration));
  }

  deploy(
    tasks: ReadonlyMap<Registration, DeployedTasks>,
    { parallelism, scaled, restoredFrom, ownersMax }: Omit<Body<'deploy'>, 'slotHosts' | 'tasks'>,
    keyGroups: Body<'deployAdopting'>['keyGroups'],
  ): void {
    const slotHosts = this.#slots.map((slot) => slot.registration.host);
    for (const [registration, own] of tasks) {
      this.#notCancelled.add(registration);
      const body = { parallelism, scaled, restoredFrom, ownersMax, slotHosts, tasks: own, keyGroups };
      // `deploy` leaves the key groups out.
      this.#send(registration, keyGroups.length === 0 ? 'deploy' : 'deployAdopting', -1, body);
    }
  }

  /** The subtasks of a stage. */
  deployStage({ parallelism, stage, ownersMax, inputs: all }: Omit<Body<'deployStage'>, 'subtasks'>): void {
    const subtasks = new Map<Registration, number[]>();
    this.#slots.forEach(({ registration }, subtask) => {
      const own = subtasks.get(registration) ?? [];
      own.push(subtask);
      subtasks.set(registration, own);
    });
    for (const [registration, own] of subtasks) {
      this.#notCancelled.add(registration);
      const inputs = all.filter(({ receiver }) => own.includes(receiver));
      this.#send(registration, 'deployStage', -1, { parallelism, stage, subtasks: own, ownersMax, inputs });
    }
  }

  uses(registration: Registration): boolean {
    return this.#taskManagers.has(registration);
  }

  toAll<K extends KindsTo<'taskManager'>>(kind: K, checkpoint: number, body: Body<K>): void {
    for (const registration of this.#taskManagers) this.#send(registration, kind, checkpoint, body);
  }

  notifyAll<K extends 'notifyComplete' | 'notifyAborted'>(kind: K, checkpoint: number, body: Body<K>): void {
    for (const registration of this.#taskManagers) {
      notify(this.#notifications, () => {
        if (!this.#over) this.#send(registration, kind, checkpoint, body);
      });
    }
  }

  toSubtask<K extends KindsTo<'taskManager'>>(subtask: number, kind: K, body: Body<K>): void {
    const slot = this.#slots[subtask];
    if (slot !== undefined) this.#send(slot.registration, kind, -1, body);
  }

  /** The attempt is over: notifications that are still to be sent are not. */
  end(): void {
    this.#over = true;
  }

  /** Until every task manager has confirmed or is lost. */
  *cancel(): Coroutine<void> {
    const waiting = new Deferred<void>('task managers to confirm the cancellation');
    this.#allCancelled = waiting;
    for (const registration of this.#notCancelled) this.#send(registration, 'cancel', -1, {});
    if (this.#notCancelled.size > 0) yield* waiting;
  }

  /** No task of the attempt runs there any more. */
  onCancelled(registration: Registration): void {
    if (!this.#notCancelled.delete(registration) || this.#notCancelled.size > 0) return;
    this.#allCancelled?.resolve();
  }

  #send<K extends KindsTo<'taskManager'>>(to: Registration, kind: K, checkpoint: number, body: Body<K>): void {
    const { leaderEpoch, attempt } = this.#header;
    sendTo(to, kind, { leaderEpoch, attempt, checkpoint }, body);
  }
}
