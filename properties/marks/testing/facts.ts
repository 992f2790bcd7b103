/** For tests of marks: a history as a list of facts and kills. */
import { expect, it } from 'vitest';
import { type CheckpointingConfig, DEFAULT_JOB_CONFIG } from '../../../core/config.ts';
import type { JobSpec } from '../../../core/job/spec.ts';
import type { ChannelId, FactKind, Facts, TaskId } from '../../../core/facts.ts';
import type { DiskFault } from '../../../sim/services/disk.ts';
import type { Scheduling } from '../../world.ts';
import type { Mark, MarkWorld } from '../mark.ts';

export type Event =
  | {
      readonly kind: 'fact';
      readonly process: string;
      readonly name: FactKind;
      readonly fact: unknown;
      readonly atMs?: number;
    }
  | { readonly kind: 'kill'; readonly process: string }
  /** The next version of the job. */
  | { readonly kind: 'deployed' }
  | { readonly kind: 'stored'; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: 'objects'; readonly names: readonly string[] }
  | { readonly kind: 'object'; readonly name: string; readonly bytes: Uint8Array | undefined }
  | { readonly kind: 'disk'; readonly what: DiskFault }
  | { readonly kind: 'dark'; readonly process: string };

/** A fact, stated by taskmanager-1 unless said otherwise. */
export function states<K extends FactKind>(name: K, fact: Facts[K], process = 'taskmanager-1'): Event {
  return { kind: 'fact', process, name, fact };
}
export function kill(process: string): Event {
  return { kind: 'kill', process };
}
export function task(attempt = 1, subtask = 0): TaskId {
  return { vertex: 'window', subtask, attempt };
}
export function channel(sender = 0): ChannelId {
  return { edge: 0, attempt: 1, sender, receiver: 0 };
}
/** What the HA store holds from now on. */
export function stored(key: string, value: Uint8Array): Event {
  return { kind: 'stored', key, value };
}
/** The objects that there are from now on. */
export function objectsAre(...names: readonly string[]): Event {
  return { kind: 'objects', names };
}
/** What the object store has under this name from now on. */
export function objectIs(name: string, bytes: Uint8Array | undefined): Event {
  return { kind: 'object', name, bytes };
}
export function diskDoes(what: DiskFault): Event {
  return { kind: 'disk', what };
}
/** The host of the process loses power. */
export function dark(process: string): Event {
  return { kind: 'dark', process };
}
export function starting(attempt: number, restoredFrom?: number, parallelism = 2): Event {
  const fact = { attempt, leaderEpoch: 1, restoredFrom, parallelism: new Map([['window', parallelism]]) };
  return states('attemptStarting', fact, 'jobmanager');
}

export function isReached(
  mark: Mark,
  events: readonly Event[],
  checkpointing: Partial<CheckpointingConfig> = {},
  versions: readonly JobSpec[] = [],
  stateMemoryBytes?: number,
  scheduling: Scheduling = DEFAULT_JOB_CONFIG,
): boolean {
  const jobs = versions.slice(0, 1);
  const kills: ((process: string) => void)[] = [];
  let current: string | undefined;
  let reached = false;
  let nowUs = 0;
  const ha = new Map<string, Uint8Array>();
  let objects: readonly string[] = [];
  const contents = new Map<string, Uint8Array>();
  const powers: ((process: string) => void)[] = [];
  const disks: ((what: DiskFault, host: string, path: string | undefined) => void)[] = [];
  const world: MarkWorld = {
    onKilled: (listener) => void kills.push(listener),
    currentProcess: () => current,
    nowUs: () => nowUs,
    checkpointing: { ...DEFAULT_JOB_CONFIG.checkpointing, ...checkpointing },
    jobs: () => jobs,
    scheduling,
    stateMemoryBytes,
    haValue: (key) => ha.get(key),
    object: (name) => contents.get(name),
    onDiskFault: (listener) => void disks.push(listener),
    onPowerLost: (listener) => void powers.push(listener),
    // One a millisecond.
    partitionsAt: (_input, us) => us / 1_000,
    objects: (prefix) => objects.filter((name) => name.startsWith(prefix)),
  };
  const probe = mark.listen(world, () => {
    reached = true;
  });
  for (const event of events) {
    if (event.kind === 'deployed') {
      jobs.push(...versions.slice(jobs.length, jobs.length + 1));
      continue;
    }
    if (event.kind === 'stored') {
      ha.set(event.key, event.value);
      continue;
    }
    if (event.kind === 'objects') {
      objects = event.names;
      continue;
    }
    if (event.kind === 'object') {
      if (event.bytes === undefined) contents.delete(event.name);
      else contents.set(event.name, event.bytes);
      continue;
    }
    if (event.kind === 'disk') {
      for (const disk of disks) disk(event.what, 'host', undefined);
      continue;
    }
    if (event.kind === 'dark') {
      for (const power of powers) power(event.process);
      continue;
    }
    if (event.kind === 'kill') {
      for (const killed of kills) killed(event.process);
      continue;
    }
    current = event.process;
    if (event.atMs !== undefined) nowUs = 1_000 * event.atMs;
    (probe[event.name] as ((fact: unknown) => void) | undefined)?.(event.fact);
    current = undefined;
  }
  return reached;
}

/** One history that reaches the mark, one near miss that does not. */
export function proves(
  mark: Mark,
  histories: {
    readonly reaches: readonly Event[];
    readonly nearMiss: readonly Event[];
    readonly checkpointing?: Partial<CheckpointingConfig>;
    readonly versions?: readonly JobSpec[];
    readonly stateMemoryBytes?: number;
    readonly scheduling?: Scheduling;
  },
): void {
  it(`${mark.name} is reached, and not by a near miss`, () => {
    const { checkpointing, versions, stateMemoryBytes: bytes, scheduling } = histories;
    expect(isReached(mark, histories.reaches, checkpointing, versions, bytes, scheduling)).toBe(true);
    expect(isReached(mark, histories.nearMiss, checkpointing, versions, bytes, scheduling)).toBe(false);
  });
}
