/**
 * A checkpoint coordinator of its own, with everything that it says as lines: "120 trigger 1 checkpoint: source[0]". The
 * job is `source[0] -> sink[0]`; the test plays the tasks. Time is the process's, in whole milliseconds.
 */
import type { CheckpointKind, DeclineReason, SavepointKind } from '../../../barrier-options.ts';
import { optionsFromBody } from '../../../channels/barrier-codec.ts';
import { type CheckpointingConfig, DEFAULT_JOB_CONFIG } from '../../../config.ts';
import { messageOf } from '../../../errors.ts';
import type { Probe } from '../../../facts.ts';
import { physicalGraph } from '../../../graph/physical.ts';
import type { NodeSpec } from '../../../job/spec.ts';
import { int32 } from '../../../job/types.ts';
import type { Ports } from '../../../ports.ts';
import type { TaskMetrics } from '../../snapshot/task-metrics.ts';
import { NO_SHARED_OBJECTS } from '../../storage/shared-registry.ts';
import { CompletedStore } from '../../storage/completed-store.ts';
import { FINISHED_SUBTASK } from '../../storage/metadata.ts';
import { CheckpointCoordinator } from '../coordinator.ts';

const node = (id: number, uid: string): NodeSpec => ({
  id,
  uid,
  name: uid,
  parallelism: 1,
  maxParallelism: 8,
  outType: int32,
  sideOutputs: [],
  operator: { kind: 'map', fn: (value) => value },
});
const graph = physicalGraph(
  {
    name: 'job',
    nodes: [node(0, 'source'), node(1, 'sink')],
    edges: [{ id: 0, from: 0, to: 1, tag: undefined, type: int32, partition: { kind: 'rebalance' } }],
  },
  1,
);

const METRICS: TaskMetrics = {
  startDelayMs: 0,
  alignmentDurationMs: 0,
  syncDurationMs: 0,
  asyncDurationMs: 0,
  bytesProcessedDuringAlignment: 0,
  bytesPersistedDuringAlignment: 0,
  unalignedCheckpoint: false,
  stateSizeBytes: 0,
};

export type TaskOfStand = 'source' | 'sink';

export class CoordinatorStand {
  readonly lines: string[] = [];
  readonly #ports: Ports;
  readonly #coordinator: CheckpointCoordinator;

  /** Checkpoint ids go on from `restoredFrom`; an interval of 0 is the default here. */
  constructor(ports: Ports, checkpointing: Partial<CheckpointingConfig>, restoredFrom = 0) {
    this.#ports = ports;
    this.#coordinator = new CheckpointCoordinator({
      attempt: {
        job: 'job',
        attempt: 3,
        leaderEpoch: 1,
        parallelism: 1,
        graph,
        restoredFrom,
        shared: NO_SHARED_OBJECTS,
      },
      ports: { ...ports, probe: this.#probe() },
      config: {
        ...DEFAULT_JOB_CONFIG,
        checkpointing: { ...DEFAULT_JOB_CONFIG.checkpointing, intervalMs: 0, ...checkpointing },
      },
      scope: ports.scope.child('attempt', (error) => {
        this.#say(messageOf(error));
      }),
      store: new CompletedStore(ports.ha, 'job'),
      enumerators: () => [],
      tasks: {
        toAll: (kind, id, { options, tasks }) => {
          const names = tasks.map(({ vertex, subtask }) => `${vertex}[${subtask}]`);
          this.#say(`${kind} ${id} ${optionsFromBody(options).kind}: ${names.join(' ')}`);
        },
        notifyAll: (kind, id) => {
          this.#say(`${kind} ${id}`);
        },
      },
      listener: {
        failed: (message) => {
          this.#say(`failed: ${message}`);
          this.stop();
        },
        deposed: () => {
          this.#say('deposed');
          this.stop();
        },
        stopped: (savepoint) => {
          this.#say(`stopped with ${savepoint}`);
        },
      },
    });
  }

  /** Does it at that time. */
  at(ms: number, act: () => void): void {
    this.#ports.clock.timer(ms - this.#ports.clock.monotonic(), act);
  }

  start(): void {
    this.#coordinator.start();
  }
  requestFinal(): void {
    for (const vertex of ['source', 'sink']) this.#coordinator.onDataFinished(vertex, 0);
  }
  requestSavepoint(kind: SavepointKind): void {
    this.#coordinator.requestSavepoint(kind);
  }
  acknowledge(checkpoint: number, ...vertices: readonly TaskOfStand[]): void {
    for (const vertex of vertices) {
      const snapshot = { ...FINISHED_SUBTASK, finished: false };
      this.#coordinator.onAcknowledge(checkpoint, { vertex, subtask: 0, attempt: 3 }, snapshot, METRICS);
    }
  }
  decline(checkpoint: number, reason: DeclineReason): void {
    this.#coordinator.onDecline(checkpoint, reason);
  }
  finish(vertex: TaskOfStand): void {
    this.#coordinator.onTaskFinished(vertex, 0);
  }
  stop(): void {
    this.#coordinator.stop('failover');
  }
  sayWhatIsWaitedFor(): void {
    for (const line of this.#coordinator.waiting()) this.#say(line);
  }

  /** As another job manager would that has taken over meanwhile. */
  changeEntryAsAnotherLeader(): void {
    this.#ports.scope.spawn('another leader', new CompletedStore(this.#ports.ha, 'job').resume());
  }

  #say(line: string): void {
    this.lines.push(`${Math.floor(this.#ports.clock.monotonic())} ${line}`);
  }

  #probe(): Probe {
    const named = (checkpoint: number, kind: CheckpointKind): string =>
      kind === 'checkpoint' ? `${checkpoint}` : `${checkpoint} (${kind})`;
    return {
      checkpointCompleted: ({ checkpoint, kind }) => {
        this.#say(`completed ${named(checkpoint, kind)}`);
      },
      checkpointAborted: ({ checkpoint, kind, reason }) => {
        this.#say(`aborted ${named(checkpoint, kind)}: ${reason}`);
      },
    };
  }
}
