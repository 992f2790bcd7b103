/**
 * A checkpoint under way: who has acknowledged it, with what. Knows no clock and no port; the coordinator decides.
 *
 *   collecting --last acknowledgement--> acknowledged --its turn--> finalizing --> over
 *       '------------- aborted -------------'----------------------------'--------^
 */
import { exchangesOf } from '../restore/fit.ts';
import { assert } from '../../errors.ts';
import type { EpochMs, Ms, Timer } from '../../ports.ts';
import type { CoordinatedAttempt } from './coordinator-env.ts';
import { type CheckpointPlan, taskName } from './checkpoint-plan.ts';
import { type CheckpointMetadata, FINISHED_SUBTASK, type SubtaskSnapshot } from '../storage/metadata.ts';
import type { EnumeratorState } from '../../connectors/connector-state.ts';
import type { CheckpointKind } from '../../barrier-options.ts';
import type { TaskMetrics } from '../snapshot/task-metrics.ts';

export interface PendingOptions {
  readonly id: number;
  readonly kind: CheckpointKind;
  readonly plan: CheckpointPlan;
  readonly enumerators: readonly EnumeratorState[];
  /** By the wall clock, for people and for the tasks' timeouts. */
  readonly triggeredAt: EpochMs;
  /** By the monotonic clock, for durations. */
  readonly triggeredMs: Ms;
}

interface Acknowledgement {
  readonly snapshot: SubtaskSnapshot;
  readonly metrics: TaskMetrics;
}

export class PendingCheckpoint {
  readonly options: PendingOptions;
  state: 'collecting' | 'acknowledged' | 'finalizing' | 'over' = 'collecting';
  timeout: Timer | undefined;
  /** When the last acknowledgement came, by the monotonic clock. */
  lastAcknowledgedMs: Ms;
  readonly #acknowledged = new Map<string, Acknowledgement>();

  constructor(options: PendingOptions) {
    this.options = options;
    this.lastAcknowledgedMs = options.triggeredMs;
  }

  get id(): number {
    return this.options.id;
  }
  get kind(): CheckpointKind {
    return this.options.kind;
  }
  /** Its completion is a commit point and its failure or age is judged like that of a periodic one. */
  get isCheckpoint(): boolean {
    return this.options.kind === 'checkpoint';
  }

  /** False: not asked, a duplicate, or too late; then nothing has changed. */
  acknowledge(task: string, acknowledgement: Acknowledgement, now: Ms): boolean {
    if (this.state !== 'collecting' || !this.options.plan.acknowledge.has(task) || this.#acknowledged.has(task))
      return false;
    this.#acknowledged.set(task, acknowledgement);
    this.lastAcknowledgedMs = now;
    if (this.#acknowledged.size === this.options.plan.acknowledge.size) this.state = 'acknowledged';
    return true;
  }

  lacks(task: string): boolean {
    return this.options.plan.acknowledge.has(task) && !this.#acknowledged.has(task);
  }

  get missing(): readonly string[] {
    return [...this.options.plan.acknowledge].filter((task) => !this.#acknowledged.has(task));
  }

  /**
   * uid of a vertex with union state of which only some subtasks have ended; undefined: there is none. Asked once all have
   * acknowledged.
   */
  partlyFinished({ graph }: CoordinatedAttempt): string | undefined {
    if (![...this.#acknowledged.values()].some(({ snapshot }) => hasUnionState(snapshot))) return undefined;
    const finished = new Set(this.options.plan.finished);
    const partly = graph.vertices.find(({ uid, parallelism }) => {
      const names = Array.from({ length: parallelism }, (_, subtask) => taskName(uid, subtask));
      const snapshots = names.flatMap((name) => this.#acknowledged.get(name)?.snapshot ?? []);
      if (!snapshots.some(hasUnionState)) return false;
      const ended = names.filter((name) => finished.has(name)).length + snapshots.filter((one) => one.ended).length;
      return ended > 0 && ended < parallelism;
    });
    return partly?.uid;
  }

  get metrics(): readonly TaskMetrics[] {
    return [...this.#acknowledged.values()].map(({ metrics }) => metrics);
  }

  metadata({ attempt, leaderEpoch, parallelism, graph }: CoordinatedAttempt): CheckpointMetadata {
    const finished = new Set(this.options.plan.finished);
    const inFlight = [...this.#acknowledged.values()].flatMap(({ snapshot }) => snapshot.channelState);
    return {
      job: graph.job.name,
      checkpoint: this.id,
      kind: this.kind,
      attempt,
      leaderEpoch,
      parallelism,
      vertices: graph.vertices.map((vertex) => ({
        uid: vertex.uid,
        parallelism: vertex.parallelism,
        maxParallelism: vertex.maxParallelism,
        subtasks: Array.from({ length: vertex.parallelism }, (_, subtask) => {
          const name = taskName(vertex.uid, subtask);
          const snapshot = finished.has(name) ? FINISHED_SUBTASK : this.#acknowledged.get(name)?.snapshot;
          assert(snapshot !== undefined, () => `checkpoint ${this.id} completes without ${name}`);
          return snapshot;
        }),
      })),
      enumerators: this.options.enumerators,
      exchanges: exchangesOf(
        graph,
        inFlight.map(({ edge }) => edge),
      ),
    };
  }
}

function hasUnionState({ operatorState }: SubtaskSnapshot): boolean {
  return operatorState.some(({ mode }) => mode === 'union');
}
