/**
 * When a job that never ends by itself has settled (DESIGN D7): after the heal
 *
 *   reading    until every split without an end has been read to the end of the input, and its watermark is the one that
 *              its records give; and each task that comes to the end of its input, if another source has one, has finished:
 *              a savepoint that finds a task between its last checkpoint and its end comes to nothing
 *   resting    until one more checkpoint, triggered since, is complete (none is awaited if the job takes none by itself)
 *   stopping   the job is stopped with a savepoint, which commits what is left: what is in it is the run's output
 *
 * A restart begins again. The barriers of a savepoint are behind every record and watermark in their channels, so that
 * what is still under way when the sources are at rest has been processed before the savepoint is taken.
 *
 * Nothing here decides whether the job is right; it says when the laws may judge it, and what holds that up.
 */
import type { Facts, Probe, TaskId } from '../../core/facts.ts';
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { JobSpec, WatermarkSpec } from '../../core/job/spec.ts';
import { generatorOf } from '../model/generator.ts';
import type { ModelGenerator } from '../model/types.ts';
import type { Topics } from '../plan/plan.ts';

/** What one split of a source has come to in the newest attempt. */
interface Split {
  readonly id: string;
  readonly length: number;
  /** Undefined: no reader has it. */
  offset: number | undefined;
  watermark: Timestamp;
  /** Over all attempts, which all read the same: up to this offset. */
  taken: number;
  newest: Timestamp;
  /** What a generator of the author's remembers. */
  own: unknown;
}

/** A source without an end. */
interface Source {
  readonly uid: string;
  readonly watermarks: WatermarkSpec;
  readonly generator: ModelGenerator;
  readonly splits: ReadonlyMap<string, Split>;
}

type Phase =
  | { readonly kind: 'reading' }
  /** `checkpoint`: the first one that was triggered since; undefined: none yet. */
  | { readonly kind: 'resting'; checkpoint: number | undefined }
  | { readonly kind: 'stopping' };

export interface RestOptions {
  readonly job: JobSpec;
  readonly topics: Topics;
  /** The job takes checkpoints by itself. */
  readonly periodic: boolean;
  /** Asks for a stop with a savepoint. Called again if that savepoint comes to nothing. */
  readonly stop: () => void;
}

export class Rest {
  readonly probe: Probe;
  readonly #options: RestOptions;
  readonly #sources: ReadonlyMap<string, Source>;
  /** Sources with an end, and their subtasks that have not come to it. */
  readonly #ending: ReadonlyMap<string, Set<number>>;
  /** Tasks that have come to the end of their input and wait for a checkpoint before they finish. */
  readonly #closing = new Set<string>();
  #phase: Phase = { kind: 'reading' };
  #attempt = 0;
  #running = false;
  #healed = false;

  constructor(options: RestOptions) {
    this.#options = options;
    this.#sources = sourcesOf(options.job, options.topics);
    const ending = options.job.nodes.filter(({ operator }) => operator.kind === 'source' && operator.source.bounded);
    this.#ending = new Map(ending.map(({ uid }) => [uid, new Set()]));
    this.probe = this.#listener();
  }

  /** Faults have healed: the job may be stopped once it is at rest. */
  heal(): void {
    this.#healed = true;
    this.#look();
  }

  /** The job is being stopped because it is at rest: the next end of it is the end of the run. */
  get stopping(): boolean {
    return this.#phase.kind === 'stopping';
  }

  /** What it waits for, a line each; none once the job is being stopped. */
  waiting(): readonly string[] {
    switch (this.#phase.kind) {
      case 'reading':
        return [...this.#readingOn()];
      case 'resting':
        return ['all input is read and the watermarks are at rest: no checkpoint has been completed since'];
      case 'stopping':
        return ['all input is read and the watermarks are at rest: the savepoint that ends the run is not complete'];
    }
  }

  /** What holds event time back for good, a line each: nothing behind it ever comes to the end of a window. */
  heldBack(): readonly string[] {
    return [...this.#sources.values()].flatMap(({ uid, watermarks, splits }) => {
      if (watermarks.generator.kind === 'none')
        return [`source ${uid} has no watermarks, so event time stands still behind it`];
      if (watermarks.idleTimeoutMs !== undefined) return [];
      const empty = [...splits.values()].filter(({ newest }) => newest === MIN_TIMESTAMP);
      return empty.map(
        ({ id }) => `source ${uid}: ${id} has no record, so its watermark holds event time back behind it`,
      );
    });
  }

  #listener(): Probe {
    return {
      attemptStarting: ({ attempt, parallelism }) => {
        this.#restart(attempt, parallelism);
      },
      attemptRunning: ({ attempt }) => {
        if (attempt !== this.#attempt) return;
        this.#running = true;
        this.#look();
      },
      taskOpened: ({ task, finishedOnRestore }) => {
        if (finishedOnRestore) this.#ended(task);
      },
      watermarkSent: ({ task, watermark }) => {
        if (watermark === MAX_TIMESTAMP) this.#ended(task);
      },
      taskFinished: ({ task }) => {
        if (task.attempt !== this.#attempt) return;
        this.#closing.delete(nameOf(task));
        this.#look();
      },
      splitAdded: (fact) => {
        const split = this.#splitOf(fact);
        if (split === undefined) return;
        split.offset = fact.offset;
        this.#look();
      },
      sourceRecord: (fact) => {
        const split = this.#splitOf(fact);
        if (split === undefined) return;
        // Over all attempts, which all read the same.
        if (fact.offset >= split.taken) {
          split.taken = fact.offset + 1;
          split.newest = Math.max(split.newest, fact.timestamp);
          split.own = this.#sources.get(fact.task.vertex)?.generator.next(split.own, fact.value, fact.timestamp);
        }
        split.offset = fact.offset + 1;
        if (split.offset >= split.length) this.#look();
      },
      watermarkGenerated: (fact) => {
        const split = this.#splitOf(fact);
        if (split === undefined) return;
        split.watermark = fact.watermark;
        if ((split.offset ?? 0) >= split.length) this.#look();
      },
      checkpointTriggered: ({ attempt, checkpoint, kind }) => {
        if (attempt !== this.#attempt || kind !== 'checkpoint' || this.#phase.kind !== 'resting') return;
        this.#phase.checkpoint ??= checkpoint;
      },
      checkpointCompleted: (fact) => {
        this.#completed(fact);
      },
      checkpointAborted: ({ attempt, kind }) => {
        // A savepoint that came to nothing is asked for again; the one of a plan's incident may be in its place.
        if (attempt === this.#attempt && kind === 'stop' && this.stopping) this.#options.stop();
      },
    };
  }

  #restart(attempt: number, parallelism: Facts['attemptStarting']['parallelism']): void {
    if (attempt <= this.#attempt) return;
    this.#attempt = attempt;
    this.#running = false;
    this.#phase = { kind: 'reading' };
    for (const { splits } of this.#sources.values()) {
      for (const split of splits.values()) {
        split.offset = undefined;
        split.watermark = MIN_TIMESTAMP;
      }
    }
    for (const [uid, subtasks] of this.#ending)
      for (let subtask = 0; subtask < (parallelism.get(uid) ?? 0); subtask++) subtasks.add(subtask);
    this.#closing.clear();
  }

  /** A task has come to the end of its input. Without periodic checkpoints it waits for the savepoint itself. */
  #ended(task: TaskId): void {
    if (task.attempt !== this.#attempt) return;
    this.#ending.get(task.vertex)?.delete(task.subtask);
    if (this.#options.periodic) this.#closing.add(nameOf(task));
    this.#look();
  }

  #completed({ attempt, checkpoint, kind }: Facts['checkpointCompleted']): void {
    const phase = this.#phase;
    if (attempt !== this.#attempt || kind !== 'checkpoint' || phase.kind !== 'resting') return;
    // Checkpoints overlap: one that is newer than the first since the rest will do, too.
    if (phase.checkpoint === undefined || checkpoint < phase.checkpoint) return;
    if (this.#closing.size === 0) this.#stop();
    else this.#phase = { kind: 'reading' };
  }

  #look(): void {
    if (!this.#healed || !this.#running || this.#phase.kind !== 'reading') return;
    for (const _ of this.#readingOn()) return;
    this.#phase = { kind: 'resting', checkpoint: undefined };
    if (!this.#options.periodic) this.#stop();
  }

  /** What is not at rest yet, a line each. */
  *#readingOn(): Generator<string, void> {
    for (const source of this.#sources.values()) {
      for (const split of source.splits.values()) {
        const line = waitsFor(source, split);
        if (line !== undefined) yield `source ${source.uid}: ${line}`;
      }
    }
    for (const [uid, subtasks] of this.#ending)
      for (const subtask of subtasks) yield `source ${uid}: ${uid}[${subtask}] has not come to the end of its input`;
    for (const task of this.#closing) yield `${task} has come to the end of its input and has not finished`;
  }

  #stop(): void {
    this.#phase = { kind: 'stopping' };
    this.#options.stop();
  }

  /** Undefined: a task of another attempt, or a split that the workload does not know. */
  #splitOf({ task, split }: { readonly task: TaskId; readonly split: string }): Split | undefined {
    return task.attempt === this.#attempt ? this.#sources.get(task.vertex)?.splits.get(split) : undefined;
  }
}

/** The job has a source that never ends by itself. */
export function isUnbounded(job: JobSpec): boolean {
  return job.nodes.some(({ operator }) => operator.kind === 'source' && !operator.source.bounded);
}

/** The longest time, in milliseconds, after which an added partition has been found and a periodic watermark shows what has been read. */
export function restPeriodMs(job: JobSpec): number {
  const periods = job.nodes.map(({ operator }) => {
    if (operator.kind !== 'source') return 0;
    const { source, watermarks } = operator;
    const periodMs = 'periodMs' in watermarks.generator ? watermarks.generator.periodMs : 0;
    return periodMs + (source.discoveryIntervalMs ?? 0);
  });
  return Math.max(0, ...periods);
}

function sourcesOf(job: JobSpec, topics: Topics): ReadonlyMap<string, Source> {
  const sources = new Map<string, Source>();
  for (const { uid, operator } of job.nodes) {
    if (operator.kind !== 'source') continue;
    const { input, bounded, startPosition } = operator.source;
    if (bounded) continue;
    const generator = generatorOf(operator.watermarks);
    const splits = (topics[input] ?? []).map(({ length }, partition): [string, Split] => {
      const id = `${input}-${partition}`;
      const end = Math.max(length, startPosition);
      const fresh = { watermark: MIN_TIMESTAMP, newest: MIN_TIMESTAMP, taken: 0 };
      return [id, { id, length: end, offset: undefined, own: generator.start(), ...fresh }];
    });
    sources.set(uid, { uid, watermarks: operator.watermarks, generator, splits: new Map(splits) });
  }
  return sources;
}

function nameOf({ vertex, subtask }: TaskId): string {
  return `${vertex}[${subtask}]`;
}

/** Undefined: the split is at rest. */
function waitsFor({ watermarks, generator }: Source, split: Split): string | undefined {
  const { id, length, offset, watermark, newest, own } = split;
  if (offset === undefined) return `${id} is read by nobody`;
  if (offset < length) return `${id} has been read up to offset ${offset}, its input ends at ${length}`;
  // Which records count may differ from attempt to attempt, by the clock.
  if (watermarks.futureBound !== undefined) return undefined;
  const due = generator.earned({ maxTimestamp: newest, own });
  if (watermark >= due) return undefined;
  const stands = watermark === MIN_TIMESTAMP ? 'at its start' : `at ${watermark}`;
  return `${id} holds the watermark back ${stands}: its newest record is of ${newest}, so ${due} is due`;
}
