/**
 * Reference closure: what a checkpoint consists of is there for as long as anybody may go back to it, and what nobody can go
 * back to is gone in the end (SEMANTICS C7, R1, R2, U7).
 *
 * Verified in the very event in which the object store changes: each object that is needed by a checkpoint which the HA store
 * lists, by what it says that the job was started from, by the checkpoint that an attempt is being restored from, or by a complete
 * savepoint of a user, exists with the content that it had when that checkpoint was complete, and was there by then. A
 * checkpoint of a job consists of objects of that job alone, so that the savepoint that the job was started from may be deleted
 * by its owner; a savepoint has all its objects beside its metadata. When a job has finished or stopped its leader has swept,
 * and nothing that was there by then is left of the job's that nothing needs. All of it is read from the services: which
 * objects a checkpoint needs its metadata says.
 * What a fault has taken from the store counts as there.
 * Not verified: that what a checkpoint consists of is the state (law `re-execution`); what is written behind the last sweep,
 * as by a task that was cut off and does not know that it is over; what lies under the prefix of a job that has failed; local
 * files of state backends.
 */
import { metadataName, prefixAt } from '../../core/checkpoint/storage/metadata.ts';
import {
  type CheckpointList,
  type Closure,
  type ListedCheckpoint,
  namedBy,
  restorable,
  type Undecodable,
} from '../witness/checkpoints.ts';
import type { Fork } from '../witness/fork.ts';
import type { Witness } from '../witness/witness.ts';
import { type Compared, defineLaw, NO_CHECKPOINTS, type Report } from './define.ts';
import { note } from './evidence.ts';

const ANOMALIES = ['missing', 'deleted', 'changed', 'borrowed', 'leaked'] as const;
type Anomaly = (typeof ANOMALIES)[number];

interface Held {
  readonly listed: ListedCheckpoint;
  readonly isSavepoint: boolean;
  /** What it needs, as it was when it was complete; an object that was missing then is not in here. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
}

export const referenceClosure = defineLaw({
  name: 'reference-closure',
  states:
    'All that a checkpoint consists of is there as long as it may be restored, and nothing is left that nothing needs.',
  compares: 'objects of checkpoints, and what is left at the end',
  anomalies: ANOMALIES,
  notInBatch: NO_CHECKPOINTS,
  judge(witness, report, compared) {
    const holdings = new Holdings(witness, report, compared);
    const leftovers = new Leftovers(witness, report, compared);
    witness.world.onObjectChanged((name) => {
      holdings.changed(name);
    });
    return {
      imaged({ listed }) {
        holdings.complete(listed);
      },
      forked(fork) {
        holdings.forked(fork);
      },
      originalDeleted(metadata) {
        holdings.release(metadata);
      },
      attemptStarting(_, list) {
        holdings.restoring = 'undecodable' in list ? undefined : restorable(list);
      },
      attemptRunning() {
        holdings.restoring = undefined;
        leftovers.attemptRuns();
      },
      attemptFailed() {
        holdings.restoring = undefined;
      },
      sweepStarted({ job }) {
        leftovers.sweepStarts(job);
      },
      settled() {
        holdings.judgeAll();
        leftovers.judge(holdings.needed());
      },
    };
  },
});

/** What has to be there. */
class Holdings {
  restoring: ListedCheckpoint | undefined;
  readonly #witness: Witness;
  readonly #report: Report<Anomaly>;
  readonly #compared: Compared;
  /** By name of the metadata object: what may be needed. */
  readonly #held = new Map<string, Held>();
  /** Savepoints that a job or their owner may delete, or has. */
  readonly #released = new Set<string>();
  #list: CheckpointList | Undecodable | undefined;
  #fork: Fork | undefined;

  constructor(witness: Witness, report: Report<Anomaly>, compared: Compared) {
    this.#witness = witness;
    this.#report = report;
    this.#compared = compared;
  }

  changed(name: string): void {
    this.#refresh();
    for (const held of this.#held.values()) {
      if (held.objects.has(name) && this.#isLive(held)) this.#judge(held, name);
    }
  }

  complete(listed: ListedCheckpoint): void {
    const { metadata } = listed;
    if (this.#held.has(metadata) || this.#released.has(metadata)) return;
    const closure = this.#witness.checkpoints.closure(listed);
    const objects = new Map<string, Uint8Array>();
    if ('undecodable' in closure) this.#missing(listed, metadata, closure.undecodable);
    else {
      for (const name of closure.objects) {
        this.#compared();
        const bytes = this.#witness.world.object(name);
        if (bytes === undefined) this.#missing(listed, name, 'there is no such object');
        else objects.set(name, bytes);
        if (name !== metadata && !belongs(name, listed, closure)) this.#borrowed(listed, name, closure);
      }
    }
    const isSavepoint = !('undecodable' in closure) && closure.kind !== 'checkpoint';
    this.#held.set(metadata, { listed, isSavepoint, objects });
  }

  /** It is somebody else's matter from now on. */
  release(metadata: string): void {
    this.#released.add(metadata);
    this.#held.delete(metadata);
  }

  /** A savepoint that was moved is needed where it is now. */
  forked(fork: Fork): void {
    this.#fork = fork;
    const { from, to } = fork;
    const held = this.#held.get(from);
    if (from === to || held === undefined) return;
    this.#held.delete(from);
    this.complete({ ...held.listed, metadata: to });
  }

  judgeAll(): void {
    this.#refresh();
    for (const held of this.#live()) for (const name of held.objects.keys()) this.#judge(held, name);
  }

  needed(): ReadonlySet<string> {
    return new Set(this.#live().flatMap(({ objects }) => [...objects.keys()]));
  }

  #live(): readonly Held[] {
    return [...this.#held.values()].filter((held) => this.#isLive(held));
  }

  #isLive({ listed: { metadata }, isSavepoint }: Held): boolean {
    return isSavepoint || metadata === this.restoring?.metadata || this.#isNamed(metadata);
  }

  #isNamed(metadata: string): boolean {
    const list = this.#list;
    return list !== undefined && !('undecodable' in list) && namedBy(list).some((one) => one.metadata === metadata);
  }

  /** The list changes in the HA store before anything is deleted. */
  #refresh(): void {
    const list = this.#witness.checkpoints.list();
    if (list === this.#list) return;
    this.#list = list;
    if ('undecodable' in list) return;
    const named = namedBy(list);
    for (const one of named) this.complete(one);
    const fork = this.#fork;
    if (fork?.claimed === true && named.some(({ metadata }) => metadata !== fork.to)) this.release(fork.to);
    for (const [metadata, held] of this.#held) if (!this.#isLive(held)) this.#held.delete(metadata);
  }

  #judge({ listed, objects, isSavepoint }: Held, name: string): void {
    const before = objects.get(name);
    const now = this.#witness.world.object(name);
    if (before === undefined) return;
    this.#compared();
    if (before === now) return;
    const what = `${isSavepoint ? 'savepoint' : 'checkpoint'} ${listed.checkpoint}`;
    const evidence = [note.text('object', name), note.text('its metadata', listed.metadata)];
    const place = isSavepoint ? 'savepoint' : 'checkpoint';
    if (now === undefined) {
      this.#report('deleted', place, `${what} may still be restored, and an object that it needs is deleted`, evidence);
    } else if (!sameBytes(before, now)) {
      this.#report(
        'changed',
        place,
        `${what} may still be restored, and an object that it needs is overwritten`,
        evidence,
      );
    }
  }

  #missing({ checkpoint, metadata }: ListedCheckpoint, name: string, why: string): void {
    this.#report('missing', 'checkpoint', `${checkpoint} is complete, and an object that it needs is not there`, [
      note.text('object', name),
      note.text('its metadata', metadata),
      note.text('why', why),
    ]);
  }

  #borrowed({ checkpoint, metadata }: ListedCheckpoint, name: string, { kind, job }: Closure): void {
    const who = kind === 'checkpoint' ? `checkpoint ${checkpoint} of job ${job}` : `savepoint ${checkpoint}`;
    this.#report('borrowed', 'checkpoint', `${who} needs an object that is not its own`, [
      note.text('object', name),
      note.text('its metadata', metadata),
    ]);
  }
}

function belongs(name: string, { metadata }: ListedCheckpoint, { kind, job }: Closure): boolean {
  return name.startsWith(prefixAt(metadata)) || (kind === 'checkpoint' && name.startsWith(`${job}/`));
}

/** What has to be gone. */
class Leftovers {
  readonly #witness: Witness;
  readonly #report: Report<Anomaly>;
  readonly #compared: Compared;
  /** By job: what was there when its leader swept for the last time. */
  readonly #swept = new Map<string, ReadonlySet<string>>();

  constructor(witness: Witness, report: Report<Anomaly>, compared: Compared) {
    this.#witness = witness;
    this.#report = report;
    this.#compared = compared;
  }

  /** What an attempt leaves is not in what was swept before it. */
  attemptRuns(): void {
    this.#swept.delete(this.#job);
  }

  sweepStarts(job: string): void {
    this.#swept.set(job, new Set(this.#objectsOf(job)));
  }

  judge(needed: ReadonlySet<string>): void {
    // What a checkpoint shares of which a fault has taken something nobody can tell from what is not needed: nothing is swept then.
    if ([...needed].some((name) => this.#witness.world.isLost(name))) return;
    const job = this.#job;
    const there = this.#objectsOf(job);
    const complete = new Set(there);
    const swept = this.#swept.get(job);
    for (const name of there) {
      this.#compared();
      const isComplete = name.startsWith('savepoints/') && complete.has(metadataName(prefixAt(name)));
      if (needed.has(name) || isComplete || swept?.has(name) === false) continue;
      this.#report('leaked', 'object', 'the job has ended, and an object is left that nothing needs', [
        note.text('object', name),
        note.text('there when the leader swept', swept === undefined ? 'it has not' : 'yes'),
      ]);
    }
  }

  /** Of the job that ran last. */
  get #job(): string {
    return this.#witness.model.job.name;
  }

  #objectsOf(job: string): readonly string[] {
    const { world } = this.#witness;
    return [...world.objects(`${job}/`), ...world.objects(`savepoints/${job}/`)];
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
