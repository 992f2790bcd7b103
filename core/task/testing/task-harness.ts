/**
 * One task of a small job, with nothing around it: the test puts elements into its channels, letters into its mailbox, and reads
 * what it sends and reports.
 *
 *   left  --.
 *            '--> map (value + 1) --> sink          the task is map[0]
 *   right --'
 */
import { defineJob, int32, logSink, logSource, noWatermarks } from '../../api/index.ts';
import { DEFAULT_JOB_CONFIG, type JobConfig } from '../../config.ts';
import type { Alignment, CheckpointKind } from '../../barrier-options.ts';
import type { BarrierElement, Buffer, StreamElement } from '../../channels/elements.ts';
import type { TaskRestore } from '../../checkpoint/restore/task-restore.ts';
import { FRESH } from '../../checkpoint/restore/testing/fresh.ts';
import { assert } from '../../errors.ts';
import type { Probe } from '../../facts.ts';
import { physicalGraph } from '../../graph/physical.ts';
import { MAX_TIMESTAMP, type Timestamp } from '../../job/functions.ts';
import type { JobSpec } from '../../job/spec.ts';
import { defaultParts } from '../../parts.ts';
import { Task } from '../task.ts';
import type { TaskEnv } from '../task-env.ts';
import { ManualPorts } from './manual-ports.ts';

/** A value that the map function refuses. */
export const POISON = -1;

export const smallJob = defineJob('small', (env) => {
  const source = (uid: string) =>
    env.fromSource(logSource({ topic: uid, type: int32 }), { uid, watermarks: noWatermarks({ timestamp: () => 0 }) });
  source('left')
    .rebalance()
    .union(source('right').rebalance())
    .map(
      (n) => {
        if (n === POISON) throw new Error('poison');
        return n + 1;
      },
      int32,
      { uid: 'map' },
    )
    .rebalance()
    .sinkTo(logSink({ topic: 'out', type: int32 }))
    .uid('sink');
});

export interface HarnessOptions {
  /** Another job than `smallJob`, and which of its vertices the task is of. */
  readonly job?: JobSpec;
  readonly vertex?: string;
  readonly config?: Partial<JobConfig>;
  readonly restore?: Partial<TaskRestore>;
  /** Credits of the one output; 100 if left out. */
  readonly credits?: number;
}

export class TaskHarness {
  readonly world = new ManualPorts();
  readonly task: Task;
  readonly env: TaskEnv;
  /** In order, as `shownReport` shows them. */
  readonly reports: string[] = [];
  /** Facts that tests ask for, in order. */
  readonly facts: string[] = [];
  readonly #sent: StreamElement[] = [];

  constructor(options: HarnessOptions = {}) {
    const { job = smallJob, vertex = 'map', config, restore, credits = 100 } = options;
    const graph = physicalGraph(job, 1);
    const ports = this.world.ports(this.#probe());
    this.env = {
      ports,
      parts: defaultParts,
      job,
      config: { ...DEFAULT_JOB_CONFIG, bufferRecords: 1, ...config },
      graph,
      vertex: graph.vertex(vertex),
      task: { vertex, subtask: 0, attempt: 1 },
      copies: undefined,
      restoredFrom: undefined,
      restore: { ...FRESH, ...restore },
      ownersMax: 1,
      scope: ports.scope,
      report: (kind, checkpoint, body) => {
        this.reports.push(shownReport(kind, checkpoint, body));
      },
    };
    this.task = new Task(this.env);
    this.task.outputs[0]?.connect({ deliver: ({ elements }) => this.#sent.push(...elements) }, credits);
  }

  /** Deploys the task and lets it open. */
  start(): this {
    this.task.start();
    this.run();
    return this;
  }

  run(): void {
    this.world.executor.run();
  }

  /** Arrives on a channel: 0 from left, 1 from right. */
  arrive(channel: number, ...elements: readonly StreamElement[]): void {
    const input = this.task.inputs[channel];
    assert(input !== undefined, () => `the task has no channel ${channel}`);
    for (const element of elements) input.enqueue(bufferOf(element));
  }

  grant(credits: number): void {
    this.task.outputs[0]?.addCredit(credits);
    this.task.wake();
  }

  /** What was sent since the last call: values of records, "barrier 1", kinds of all else. */
  sent(): readonly (number | string)[] {
    return this.#sent.splice(0).map(shown);
  }

  #probe(): Probe {
    return {
      channelBlocked: ({ channel }) => this.facts.push(`blocked ${channel.edge}`),
      channelUnblocked: ({ channel }) => this.facts.push(`unblocked ${channel.edge}`),
      recordProcessed: ({ value }) => this.facts.push(`record ${String(value)}`),
      barrierReceived: ({ checkpoint, overtook }) =>
        this.facts.push(`barrier ${checkpoint}${overtook ? ' overtook' : ''}`),
      barrierAnnounced: ({ channel, checkpoint }) => this.facts.push(`announced ${checkpoint} on ${channel.edge}`),
      notifiedComplete: ({ checkpoint }) => this.facts.push(`complete ${checkpoint}`),
      taskCancelled: () => this.facts.push('cancelled'),
      replayEnded: () => this.facts.push('replay ended'),
      splitDrained: ({ split }) => this.facts.push(`drained ${split}`),
      splitArrived: ({ split }) => this.facts.push(`arrived ${split}`),
    };
  }
}

export function recordOf(value: number, timestamp?: Timestamp): StreamElement {
  return { kind: 'record', value, timestamp, seq: 0 };
}

export function barrierOf(
  checkpoint: number,
  alignment: Alignment = 'aligned',
  timeoutMs = 0,
  kind: CheckpointKind = 'checkpoint',
): BarrierElement {
  return { kind: 'barrier', checkpoint, triggeredAt: 0, options: { alignment, timeoutMs, kind } };
}

function bufferOf(element: StreamElement): Buffer {
  return { elements: [element], priority: element.kind === 'barrier' && element.options.alignment === 'unaligned' };
}

export function shown(element: StreamElement): number | string {
  if (element.kind === 'record') return Number(element.value);
  if (element.kind === 'watermark')
    return `watermark ${element.timestamp === MAX_TIMESTAMP ? 'MAX' : element.timestamp}`;
  if (element.kind === 'status') return element.idle ? 'idle' : 'active';
  return element.kind === 'barrier' ? `barrier ${element.checkpoint}` : element.kind;
}

/** "taskRunning", "acknowledge 1", "decline 1 subsumed", "taskFailed: Error: poison". */
export function shownReport(kind: string, checkpoint: number, body: object): string {
  if ('reason' in body) return `${kind} ${checkpoint} ${String(body.reason)}`;
  if ('message' in body) return `${kind}: ${String(body.message)}`;
  return checkpoint < 0 ? kind : `${kind} ${checkpoint}`;
}
