/** Time to live of keyed state, as a job author declares it. */
import { JobError } from '../errors.ts';

/**
 * How long a value lives after it was last touched, in wall clock time of the task's host (Flink: `StateTtlConfig`). Of a list
 * each item, of a map each entry has a life of its own. The last touch is part of the state: it is in snapshots, and moves
 * with its key. A call of a function sees one time for all its states, recorded, so that a re-execution sees the same. Another version
 * of the job may switch it on: what is restored was then last touched when the state is first asked for; or off: all is there, what has
 * expired, too.
 *
 * @example
 * ```ts
 * const seen = valueState('seen', boolean, { ttl: { ms: 60_000, update: 'on-read-and-write' } });
 * ```
 */
export interface StateTtl {
  /** A value is expired once this many milliseconds have passed since the last touch: at `lastTouch + ms` it is. At least 1. */
  readonly ms: number;
  /** What touches a value: writing it, or reading it as well. `on-create-and-write` unless given. */
  readonly update?: 'on-create-and-write' | 'on-read-and-write';
  /**
   * Whether a value that has expired may be read once more, if nothing has deleted it yet. Reading deletes it.
   * `never-return-expired` unless given.
   */
  readonly visibility?: 'never-return-expired' | 'return-if-not-cleaned-up';
  /**
   * What deletes values that have expired and are not read again. `none`: nothing. `full-snapshot`: snapshots leave them out,
   * so they are gone after a restore. `incremental`: each call that uses the state looks at a few of its keys. `compaction`: where
   * state lies in files (`stateBackend: lsm`) they are left out when files are merged; on the heap it is `none`.
   * `incremental` unless given.
   */
  readonly cleanup?: 'none' | 'full-snapshot' | 'incremental' | 'compaction';
}
/** What every state may be given. */
export interface StateOptions {
  /** Values live for so long; for ever unless given. Not for broadcast state, nor for any state of a window operator. */
  readonly ttl?: StateTtl;
}

const CHOICES = {
  update: ['on-create-and-write', 'on-read-and-write'],
  visibility: ['never-return-expired', 'return-if-not-cleaned-up'],
  cleanup: ['none', 'full-snapshot', 'incremental', 'compaction'],
} as const;

/** The options of a descriptor, checked. `name`: of the state. @throws JobError if the time to live is none. */
export function optionsOf(name: string, { ttl }: StateOptions): StateOptions {
  if (ttl === undefined) return {};
  if (!Number.isSafeInteger(ttl.ms) || ttl.ms < 1) {
    throw new JobError(
      `state "${name}": ttl.ms must be a whole number of milliseconds, 1 or more; it is ${String(ttl.ms)}`,
    );
  }
  for (const [option, choices] of Object.entries(CHOICES)) {
    const given: unknown = Reflect.get(ttl, option);
    if (given === undefined || choices.some((choice) => choice === given)) continue;
    throw new JobError(
      `state "${name}": ttl.${option} must be one of ${choices.join(', ')}; it is ${typeof given === 'string' ? given : typeof given}`,
    );
  }
  return { ttl };
}
