/**
 * Completed checkpoints and savepoints as a run makes them: which there are (read from the services), and the cut through
 * the histories that belongs to each.
 */
import type { Facts } from '../../core/facts.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import type { AttemptRecord } from './attempt.ts';
import {
  type CheckpointList,
  type CheckpointSource,
  type CompletedCheckpoint,
  type ListedCheckpoint,
  namedBy,
  type Undecodable,
} from './checkpoints.ts';
import type { Cut } from './cut.ts';
import type { Fork } from './fork.ts';
import { type Heard, tell } from './heard.ts';

export class Completions {
  /** The newest checkpoint or savepoint that the HA store names. */
  newest: CompletedCheckpoint | undefined;
  heard: Heard;
  readonly #source: CheckpointSource;
  /** Attempts whose cuts may still be asked for, the newest last. */
  #attempts: readonly AttemptRecord[] = [];
  #list: CheckpointList | Undecodable | undefined;
  /** Versions of the job, by their first attempts. */
  readonly #jobs: { readonly from: number; readonly job: JobSpec }[] = [];
  readonly #seen = new Set<string>();
  /** By name of the metadata object: of what the HA store names, and of plain savepoints. */
  readonly #cuts = new Map<string, Cut>();
  readonly #plain = new Set<string>();

  constructor(source: CheckpointSource, heard: Heard) {
    this.#source = source;
    this.heard = heard;
  }

  attemptStarts(attempt: AttemptRecord): void {
    this.#attempts = [...this.#attempts.slice(-1), attempt];
    if (this.#jobs.at(-1)?.job !== attempt.job) this.#jobs.push({ from: attempt.number, job: attempt.job });
  }

  /** Reads the HA store's list, if it is another one than last time. */
  refresh(): void {
    const list = this.#source.list();
    if (list === this.#list) return;
    this.#list = list;
    if ('undecodable' in list) {
      tell(this.heard.listUndecodable, list.undecodable);
      return;
    }
    const named = namedBy(list);
    for (const one of named) {
      if (this.#seen.has(one.metadata)) continue;
      this.#seen.add(one.metadata);
      this.#listed(one);
    }
    for (const metadata of this.#cuts.keys()) {
      if (!this.#plain.has(metadata) && !named.some((one) => one.metadata === metadata)) this.#cuts.delete(metadata);
    }
  }

  /** A plain savepoint is complete once its metadata is written: the fact says so, the object store has it. */
  savepointCompleted({ attempt, checkpoint, metadata }: Facts['checkpointCompleted']): void {
    if (this.#seen.has(metadata)) return;
    this.#seen.add(metadata);
    this.#plain.add(metadata);
    const completed = this.#completed({ attempt, checkpoint, metadata }, true);
    tell(this.heard.imaged, completed);
  }

  /** From here on the list is another job's; the cut that this one starts from stays. */
  fork({ job, from }: Fork): void {
    this.#plain.add(from);
    this.#source.follow?.(job);
  }

  /** The cut of the checkpoint that an attempt says it starts from; failing that, of any with this number. */
  cutOf(checkpoint: number): Cut | undefined {
    const list = this.#list;
    if (list !== undefined && !('undecodable' in list)) {
      for (const one of namedBy(list).toReversed()) {
        const cut = one.checkpoint === checkpoint ? this.#cuts.get(one.metadata) : undefined;
        if (cut !== undefined) return cut;
      }
    }
    for (const attempt of this.#attempts.toReversed()) {
      const cut = attempt.cuts.get(checkpoint);
      if (cut !== undefined) return cut;
    }
    return [...this.#cuts.values()].find((cut) => cut.checkpoint === checkpoint);
  }

  /** The run ended with a stop-with-savepoint, from which nothing has gone on: its cut. */
  finalCut(newestAttempt: number): Cut | undefined {
    const list = this.#list;
    if (list === undefined || 'undecodable' in list || !list.stopped || list.savepoint?.attempt !== newestAttempt)
      return undefined;
    return this.#cuts.get(list.savepoint.metadata);
  }

  /** The version of the job that ran an attempt. */
  jobOf(attempt: number): JobSpec | undefined {
    return this.#jobs.findLast(({ from }) => from <= attempt)?.job;
  }

  #listed(one: ListedCheckpoint): void {
    const completed = this.#completed(one, false);
    if (this.newest === undefined || one.checkpoint >= this.newest.listed.checkpoint) this.newest = completed;
    tell(this.heard.imaged, completed);
    tell(this.heard.completed, completed);
  }

  #completed(listed: ListedCheckpoint, plain: boolean): CompletedCheckpoint {
    const attempt = this.#attempts.find((candidate) => candidate.number === listed.attempt);
    const cut = attempt?.cuts.get(listed.checkpoint);
    const missing: string[] = [];
    if (attempt !== undefined && cut !== undefined) {
      for (const task of attempt.tasks()) {
        const part = cut.vertices.get(task.vertex.uid);
        if (part?.subtasks.has(task.subtask) === true) continue;
        // The state of a finished task is unchanged since its end.
        if (task.finished && attempt === this.#attempts.at(-1)) attempt.cutTask(listed.checkpoint, task, true);
        else missing.push(task.name);
      }
      this.#cuts.set(listed.metadata, cut);
      if (!plain) forgetOlder(attempt, listed.checkpoint);
    }
    return { listed, image: this.#source.image(listed, this.jobOf(listed.attempt)), cut, missing, plain };
  }
}

/** What a completed checkpoint subsumes; savepoints that are under way go on. */
function forgetOlder(attempt: AttemptRecord, checkpoint: number): void {
  for (const older of attempt.cuts.keys()) {
    const kind = attempt.kinds.get(older);
    if (older < checkpoint && (kind === undefined || kind === 'checkpoint')) attempt.cuts.delete(older);
  }
}
