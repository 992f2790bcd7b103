/**
 * For tests of laws and marks: histories written by hand.
 *
 * A `Script` (`testing-script.ts`) is an honest little cluster in one thread: it runs a job with the model's own turns and writes down what an
 * engine would state and what the services would hold. A bad history is a good one with one step changed, dropped,
 * repeated or added (`change`, `drop`, `repeat`, `insertAfter`), so that it breaks one clause only.
 */
import type { CheckpointKind } from '../../core/barrier-options.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { batchEntry, type BatchEntry, batchKey } from '../../core/cluster/batch-store.ts';
import { type CheckpointingConfig, DEFAULT_JOB_CONFIG, type ExecutionMode } from '../../core/config.ts';
import type { SubtaskImage } from '../../core/checkpoint/storage/reader.ts';
import type { FactKind, Facts, TaskId } from '../../core/facts.ts';
import { toBytes } from '../../core/values/serializers.ts';
import type { TransactionInfo } from '../../core/ports.ts';
import { heapStateBackend } from '../../core/state/heap/heap-state-backend.ts';
import { createModel } from '../model/model.ts';
import type { Violation } from '../outcome.ts';
import type { Expectations } from '../plan/expects.ts';
import type { Refusal, Topics } from '../plan/plan.ts';
import {
  type CheckpointList,
  type ListedCheckpoint,
  NO_LIST,
  type Undecodable,
  type WitnessedImage,
} from '../witness/checkpoints.ts';
import type { DiskFault } from '../../sim/services/disk.ts';
import type { Fork } from '../witness/fork.ts';
import { createLaws } from '../laws/index.ts';
import type { CommittedRecord, ScaleAsked, Scheduling, WorldView } from '../world.ts';

// ---- histories

type FactStep = { [K in FactKind]: { readonly step: 'fact'; readonly kind: K; readonly fact: Facts[K] } }[FactKind];
/** A checkpoint or savepoint in the services. `needs`: names of objects beside its metadata; default none. */
interface Held {
  readonly listed: ListedCheckpoint;
  readonly image: WitnessedImage | Undecodable;
  readonly needs?: readonly string[];
}
export type Step =
  | FactStep
  /** The HA store lists a checkpoint. */
  | ({ readonly step: 'listed' } & Held)
  /** And does not any more. */
  | { readonly step: 'subsumed'; readonly checkpoint: number }
  /** The object store has a savepoint. */
  | ({ readonly step: 'stored' } & Held)
  /** The HA store says that the job is stopped with it. */
  | ({ readonly step: 'stopped'; readonly drained: boolean } & Held)
  | { readonly step: 'resumed' }
  | { readonly step: 'list-damaged' }
  /** What the HA store keeps of a batch job from here on. */
  | { readonly step: 'batch'; readonly entry: BatchEntry }
  /** What starts next is another job, from a savepoint, which is moved if its new name is another one. */
  | { readonly step: 'forked'; readonly fork: Fork }
  /** What the object store holds from now on, in the place of what an earlier such step has put there. */
  | { readonly step: 'objects'; readonly objects: Readonly<Record<string, Uint8Array>> }
  /** The owner has deleted the savepoint that the job was started from. */
  | { readonly step: 'original-deleted'; readonly metadata: string }
  /** A process writes an object, or removes it: then it has no content. */
  | { readonly step: 'object'; readonly name: string; readonly content: string | undefined }
  /** A fault takes an object from the store, which nobody is told. */
  | { readonly step: 'lost'; readonly name: string }
  /** The files of a checkpoint are deleted. */
  | { readonly step: 'deleted'; readonly metadata: string }
  | { readonly step: 'committed'; readonly record: CommittedRecord }
  | { readonly step: 'transactions'; readonly transactions: readonly TransactionInfo[] }
  | { readonly step: 'killed'; readonly process: string }
  | { readonly step: 'crashed'; readonly process: string; readonly message: string }
  /** What is on the disk of a process' host from here on. */
  | { readonly step: 'host-files'; readonly process: string; readonly paths: readonly string[] }
  /** A while after the end of the job: who has lived on. */
  | { readonly step: 'hosts-released'; readonly processes: readonly string[] }
  /** A disk does something wrong. */
  | { readonly step: 'disk'; readonly what: DiskFault; readonly host: string; readonly path?: string }
  /** The clock of the process is set by so much. */
  | { readonly step: 'clock'; readonly process: string; readonly byMs: number }
  /** Somebody says how many subtasks there are to be. In a history without any, whatever comes was asked for. */
  | { readonly step: 'asked'; readonly asked: ScaleAsked }
  /** A person asks for a checkpoint or savepoint, and the job manager agrees. */
  | { readonly step: 'checkpoint-asked'; readonly kind: CheckpointKind }
  | { readonly step: 'time'; readonly us: number }
  | { readonly step: 'settled' }
  | { readonly step: 'not-settled' }
  /** The job ended as failed. */
  | { readonly step: 'failed' };
export interface History {
  readonly job: JobSpec;
  readonly input: Topics;
  readonly checkpointing: CheckpointingConfig;
  readonly expects?: Expectations;
  /** Default false. */
  readonly restartOnJobFaults?: boolean;
  readonly refuses?: Refusal;
  /** Default: as for any job, in the default mode. */
  readonly scheduling?: Scheduling;
  /** Default: streaming. */
  readonly executionMode?: ExecutionMode;
  /** What the wall clock of each host shows at a time, before it is set; default: nobody knows. */
  readonly clock?: (us: number) => number;
  /** Partitions of every input at a time; default: all of them. */
  readonly partitionsAt?: (us: number) => number;
  readonly steps: readonly Step[];
}

export function fact<K extends FactKind>(kind: K, value: Facts[K]): Step {
  return { step: 'fact', kind, fact: value } as Step;
}

type Matches<K extends FactKind> = (fact: Facts[K]) => boolean;

function indexOf<K extends FactKind>({ steps }: History, kind: K, matches: Matches<K>): number {
  const index = steps.findIndex((step) => step.step === 'fact' && step.kind === kind && matches(step.fact as Facts[K]));
  if (index < 0) throw new Error(`the history has no such ${kind}`);
  return index;
}
function spliced(history: History, at: number, count: number, ...steps: readonly Step[]): History {
  return { ...history, steps: history.steps.toSpliced(at, count, ...steps) };
}
/** The first fact of this kind that matches, with some fields changed. */
export function change<K extends FactKind>(
  history: History,
  kind: K,
  matches: Matches<K>,
  fields: (fact: Facts[K]) => Partial<Facts[K]>,
): History {
  const at = indexOf(history, kind, matches);
  const step = history.steps[at];
  if (step?.step !== 'fact') throw new Error('unreachable');
  const before = step.fact as Facts[K];
  return spliced(history, at, 1, fact(kind, { ...before, ...fields(before) }));
}
export function drop<K extends FactKind>(history: History, kind: K, matches: Matches<K>): History {
  return spliced(history, indexOf(history, kind, matches), 1);
}
export function repeat<K extends FactKind>(history: History, kind: K, matches: Matches<K>): History {
  const at = indexOf(history, kind, matches);
  return spliced(history, at, 0, ...history.steps.slice(at, at + 1));
}
export function insertAfter<K extends FactKind>(
  history: History,
  kind: K,
  matches: Matches<K>,
  make: (fact: Facts[K]) => Step,
): History {
  const at = indexOf(history, kind, matches);
  const step = history.steps[at];
  if (step?.step !== 'fact') throw new Error('unreachable');
  return spliced(history, at + 1, 0, make(step.fact as Facts[K]));
}
/** Moves the first matching fact to just behind (or before) the first match of another. */
export function move<K extends FactKind, L extends FactKind>(
  history: History,
  kind: K,
  matches: Matches<K>,
  where: 'after' | 'before',
  other: L,
  matchesOther: Matches<L>,
): History {
  const at = indexOf(history, kind, matches);
  const moved = history.steps.slice(at, at + 1);
  const without = spliced(history, at, 1);
  return spliced(without, indexOf(without, other, matchesOther) + (where === 'after' ? 1 : 0), 0, ...moved);
}
/** Each step that is no fact, rewritten; undefined drops it. */
export function mapSteps(history: History, map: (step: Step) => Step | undefined): History {
  return { ...history, steps: history.steps.map(map).filter((step) => step !== undefined) };
}
/** The image of a checkpoint, changed. */
export function changeImage(
  history: History,
  checkpoint: number,
  edit: (image: WitnessedImage) => WitnessedImage | Undecodable,
): History {
  return mapSteps(history, (step) =>
    (step.step === 'listed' || step.step === 'stored' || step.step === 'stopped') &&
    step.listed.checkpoint === checkpoint &&
    !('undecodable' in step.image)
      ? { ...step, image: edit(step.image) }
      : step,
  );
}
export function changeSubtasks(
  image: WitnessedImage,
  uid: string,
  edit: (subtask: SubtaskImage, index: number) => SubtaskImage,
): WitnessedImage {
  return {
    ...image,
    vertices: image.vertices.map((vertex) =>
      vertex.uid === uid ? { ...vertex, subtasks: vertex.subtasks.map(edit) } : vertex,
    ),
  };
}

/** In hand-made histories subtask i of each vertex runs on process `worker-i`, the rest on `manager`. */
function processOf({ fact }: { readonly fact: unknown }): string {
  const { task } = fact as { readonly task?: TaskId };
  return task === undefined ? 'manager' : `worker-${task.subtask}`;
}

/** Every law listens; returns what they report, in order. */
export function judge(history: History, trace = false): readonly Violation[] {
  return hear(history, trace).violations;
}

/** Every law listens; what they report, in order, and the names of those that have compared something. */
export function hear(
  history: History,
  trace = false,
): { readonly violations: readonly Violation[]; readonly compared: readonly string[] } {
  const violations: Violation[] = [];
  const onCommitted: ((record: CommittedRecord) => void)[] = [];
  const onKilled: ((process: string) => void)[] = [];
  const onDiskFault: ((what: DiskFault, host: string, path: string | undefined) => void)[] = [];
  const onClockStepped: ((process: string, byMs: number) => void)[] = [];
  const onScaleAsked: ((asked: ScaleAsked) => void)[] = [];
  const onCheckpointAsked: ((kind: CheckpointKind) => void)[] = [];
  const asks = history.steps.some(({ step }) => step === 'asked');
  const onCrashed: ((process: string, message: string) => void)[] = [];
  const clockSet = new Map<string, number>();
  const files = new Map<string, readonly string[]>();
  const lost = new Set<string>();
  let current: string | undefined;
  let list: CheckpointList | Undecodable = NO_LIST;
  const entry = (): CheckpointList => ('undecodable' in list ? NO_LIST : list);
  const images = new Map<string, WitnessedImage | Undecodable>();
  /** Of the last `objects`. */
  let placed: readonly string[] = [];
  const objects = new Map<string, Uint8Array>();
  const needs = new Map<string, readonly string[]>();
  const onObjectChanged: ((name: string) => void)[] = [];
  const put = ({ listed: { metadata }, image, needs: beside = [] }: Held): void => {
    images.set(metadata, image);
    objects.set(metadata, new TextEncoder().encode(metadata));
    needs.set(metadata, [metadata, ...beside]);
  };
  let transactions: readonly TransactionInfo[] = [];
  let nowUs = 0;
  let batchValue: Uint8Array | undefined;
  const { executionMode = 'streaming' } = history;
  const world: WorldView = {
    job: history.job,
    executionMode,
    afresh: () => history.job,
    jobs: () => [history.job],
    refuses: () => history.refuses,
    input: history.input,
    partitionsAt: (input, us) => history.partitionsAt?.(us) ?? history.input[input]?.length ?? 0,
    checkpointing: history.checkpointing,
    restartOnJobFaults: history.restartOnJobFaults ?? false,
    flinkCompatibleWatermarks: false,
    scheduling: history.scheduling ?? DEFAULT_JOB_CONFIG,
    onScaleAsked: (listener) => void onScaleAsked.push(listener),
    onCheckpointAsked: (listener) => void onCheckpointAsked.push(listener),
    stateMemoryBytes: undefined,
    inspectState: heapStateBackend.inspect,
    nowUs: () => nowUs,
    onCommitted: (listener) => void onCommitted.push(listener),
    object: (name) => objects.get(name),
    isLost: (name) => lost.has(name),
    objects: (prefix) => [...objects.keys()].filter((name) => name.startsWith(prefix)).sort(),
    onObjectChanged: (listener) => void onObjectChanged.push(listener),
    haValue: (key) => (key === batchKey(history.job.name) ? batchValue : undefined),
    transactions: () => transactions,
    onDiskFault: (listener) => void onDiskFault.push(listener),
    hostFiles: (process) => files.get(process) ?? [],
    hostOf: (process) => `host-${process}`,
    onPowerLost: () => undefined,
    onClockStepped: (listener) => void onClockStepped.push(listener),
    wallMs: (process) => {
      const shown = history.clock?.(nowUs);
      return shown === undefined ? undefined : shown + (clockSet.get(process) ?? 0);
    },
    onKilled: (listener) => void onKilled.push(listener),
    onCrashed: (listener) => void onCrashed.push(listener),
    currentProcess: () => current,
    violated: (violation) => void violations.push({ ...violation, atUs: 0 }),
    expects: history.expects ?? {},
    asked: () => undefined,
  };
  const laws = createLaws(world, createModel(history.job, 'turn', executionMode), {
    trace,
    checkpoints: {
      list: () => list,
      image: ({ metadata }) => images.get(metadata) ?? { undecodable: 'there is no such object' },
      closure({ metadata }) {
        const image = images.get(metadata);
        const kind = image === undefined || 'undecodable' in image ? 'checkpoint' : image.kind;
        const names = objects.has(metadata) ? needs.get(metadata) : undefined;
        if (names === undefined) return { undecodable: 'there is no such object' };
        return { kind, job: history.job.name, objects: names };
      },
    },
  });
  for (const step of history.steps) {
    switch (step.step) {
      case 'fact':
        // Where a history says nothing of it, somebody has asked for what comes.
        if (!asks && step.kind === 'attemptStarting')
          for (const [uid, parallelism] of step.fact.parallelism)
            for (const listener of onScaleAsked) listener({ kind: 'rescaled', parallelism, uid });
        current = processOf(step);
        (laws.probe[step.kind] as ((fact: unknown) => void) | undefined)?.(step.fact);
        current = undefined;
        break;
      case 'listed':
        put(step);
        list = { ...entry(), completed: [...entry().completed, step.listed] };
        break;
      case 'subsumed':
        list = { ...entry(), completed: entry().completed.filter(({ checkpoint }) => checkpoint !== step.checkpoint) };
        break;
      case 'object':
        if (step.content === undefined) objects.delete(step.name);
        else objects.set(step.name, new TextEncoder().encode(step.content));
        for (const listener of onObjectChanged) listener(step.name);
        break;
      case 'stored':
        put(step);
        break;
      case 'stopped':
        put(step);
        list = { completed: [], savepoint: step.listed, stopped: true, drained: step.drained };
        break;
      case 'resumed':
        list = { ...entry(), stopped: false };
        break;
      case 'objects':
        for (const name of placed) objects.delete(name);
        placed = Object.keys(step.objects);
        for (const [name, bytes] of Object.entries(step.objects)) objects.set(name, bytes);
        break;
      case 'original-deleted':
        images.delete(step.metadata);
        objects.delete(step.metadata);
        laws.originalDeleted(step.metadata);
        break;
      case 'deleted':
        images.delete(step.metadata);
        objects.delete(step.metadata);
        break;
      case 'forked': {
        const { fork } = step;
        const image = images.get(fork.from);
        if (image !== undefined && fork.to !== fork.from) {
          images.delete(fork.from);
          images.set(fork.to, image);
          const bytes = objects.get(fork.from);
          if (bytes !== undefined) objects.set(fork.to, bytes);
          objects.delete(fork.from);
          needs.set(fork.to, [fork.to]);
        }
        laws.upgraded(createModel(history.job), fork);
        break;
      }
      case 'batch':
        batchValue = toBytes(batchEntry, step.entry);
        break;
      case 'list-damaged':
        list = { undecodable: 'damaged' };
        break;
      case 'committed':
        for (const listener of onCommitted) listener(step.record);
        break;
      case 'transactions':
        transactions = step.transactions;
        break;
      case 'killed':
        for (const listener of onKilled) listener(step.process);
        break;
      case 'crashed':
        for (const listener of onKilled) listener(step.process);
        for (const listener of onCrashed) listener(step.process, step.message);
        break;
      case 'asked':
        for (const listener of onScaleAsked) listener(step.asked);
        break;
      case 'checkpoint-asked':
        for (const listener of onCheckpointAsked) listener(step.kind);
        break;
      case 'lost':
        lost.add(step.name);
        break;
      case 'host-files':
        files.set(step.process, step.paths);
        break;
      case 'hosts-released':
        laws.hostsReleased(step.processes);
        break;
      case 'disk':
        for (const listener of onDiskFault) listener(step.what, step.host, step.path);
        break;
      case 'clock':
        clockSet.set(step.process, (clockSet.get(step.process) ?? 0) + step.byMs);
        for (const listener of onClockStepped) listener(step.process, step.byMs);
        break;
      case 'time':
        nowUs = step.us;
        break;
      case 'settled':
        laws.settled();
        break;
      case 'not-settled':
        laws.notSettled(['window[0] waits for barrier 7']);
        break;
      case 'failed':
        laws.failed('no restarts left');
    }
  }
  return { violations, compared: laws.compared() };
}
