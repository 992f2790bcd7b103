/**
 * Local copies of the keyed state of one task (SEMANTICS U8; Flink: `TaskLocalStateStoreImpl`).
 *
 *   checkpoint   what is put into the object store is written to the host's disk, too, behind the task's back and after the
 *                acknowledgement: no checkpoint waits for it, and none fails by it
 *   restore      an object is read from its copy if the completed metadata says the same of it as the manifest, and its bytes have the
 *                checksum that the metadata names; else from the object store
 *   completion   older copies go; an abort takes those of its checkpoint
 *
 * One coroutine does it all, in the order in which it came.
 */
import { IoError } from '../../errors.ts';
import type { Probe, TaskId } from '../../facts.ts';
import type { KeyGroupRange } from '../../graph/key-groups.ts';
import type { InlineObject, KeyedHandle } from '../../state/handles.ts';
import { crc32 } from '../../values/checksum.ts';
import { type Coroutine, Deferred, type Scope } from '../../waiting.ts';
import { type LocalRestore, NO_CHECKSUM } from '../restore/task-restore.ts';
import { copyName, type LocalFiles, manifestName } from './local-files.ts';
import {
  copiesOf,
  filesOf,
  type LocalCheckpoint,
  type LocalCopy,
  type LocalManifest,
  withAborted,
  withCompleted,
  withTaken,
  writeManifest,
} from './manifest.ts';

export interface LocalCopiesEnv {
  readonly task: TaskId;
  readonly range: KeyGroupRange;
  /** What the restored metadata says of this subtask's objects; null: nothing, or it had other key groups. */
  readonly restored: LocalRestore | null;
  readonly files: LocalFiles;
  readonly scope: Scope;
  readonly probe: Probe;
}

/** What is left on the host of the restored checkpoint. */
export interface Found {
  readonly checkpoint: LocalCheckpoint;
  /** Of the manifest that has it. */
  readonly manifest: string;
}

/** By name: the checksums of the objects of a checkpoint. */
type Checksums = ReadonlyMap<string, number>;

type Work =
  | { readonly kind: 'keep'; readonly checkpoint: number; readonly objects: Checksums }
  | { readonly kind: 'completed' | 'aborted'; readonly checkpoint: number };

export class LocalCopies {
  readonly #env: LocalCopiesEnv;
  /** Settles when it is known what is there of the restored checkpoint. */
  readonly #found = new Deferred<Found | undefined>('the local copies of the restored checkpoint');
  /** Of checkpoints that may still be restored, or be a base. */
  readonly #checksums = new Map<number, Checksums>();
  /** By object that one of them names: what there is no copy of yet. */
  readonly #unwritten = new Map<string, Uint8Array>();
  /** As it is on the disk. */
  #manifest: LocalManifest;
  /** What was there of the restored checkpoint; until one of this attempt is complete the next attempt may need it. */
  #left: Found | undefined;
  /** Objects of which the restored copy is no good. */
  readonly #rejected = new Set<string>();
  #newestCompleted = 0;
  readonly #work: Work[] = [];
  #working = false;
  #nextFile = 1;

  constructor(env: LocalCopiesEnv) {
    const { task, range, restored } = env;
    this.#env = env;
    const { vertex, subtask, attempt } = task;
    this.#manifest = { attempt, vertex, subtask, first: range.start, last: range.end, checkpoints: [] };
    if (restored !== null)
      this.#checksums.set(
        restored.checkpoint,
        new Map(restored.objects.map(({ object, checksum }) => [object, checksum])),
      );
  }

  get task(): TaskId {
    return this.#env.task;
  }
  get range(): KeyGroupRange {
    return this.#env.range;
  }
  get restored(): LocalRestore | null {
    return this.#env.restored;
  }

  /** Once. */
  opened(found: Found | undefined): void {
    this.#left = found;
    this.#found.resolve(found);
  }

  /** The object from its copy. Undefined: there is none, or it cannot be taken. */
  *read(object: string): Coroutine<Uint8Array | undefined> {
    const { task, restored, probe, files } = this.#env;
    const expected = restored?.objects.find((one) => one.object === object);
    // What the metadata says no checksum of cannot be told from another object of that name.
    const found = expected === undefined || expected.checksum === NO_CHECKSUM ? undefined : yield* this.#found;
    const copy = found?.checkpoint.copies.find((one) => one.object === object);
    if (expected === undefined || copy === undefined) {
      probe.localCopyRead?.({ task, object, outcome: 'none', bytes: undefined });
      return undefined;
    }
    try {
      const bytes = yield* files.read(copy.file);
      const isIt =
        copy.checksum === expected.checksum && bytes.length === copy.length && crc32(bytes) === copy.checksum;
      probe.localCopyRead?.({ task, object, outcome: isIt ? 'taken' : 'damaged', bytes: isIt ? bytes : undefined });
      if (isIt) return bytes;
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      probe.localCopyRead?.({ task, object, outcome: 'unreadable', bytes: undefined });
    }
    this.#rejected.add(object);
    return undefined;
  }

  /**
   * Behind the upload of a checkpoint. `written`: the objects that are new. `inline`: those that lie in the metadata, of which
   * nobody needs a copy.
   *
   * @returns a checksum of each object that the handles name, in their order; -1 for one that is inline.
   */
  keep(
    checkpoint: number,
    handles: readonly KeyedHandle[],
    written: ReadonlyMap<string, Uint8Array>,
    inline: readonly Pick<InlineObject, 'object'>[] = [],
  ): readonly number[] {
    const names = handles.flatMap((handle) => handle.objects);
    const objects = new Map<string, number>();
    for (const name of names) {
      if (inline.some(({ object }) => object === name)) continue;
      const bytes = written.get(name);
      if (bytes !== undefined) this.#unwritten.set(name, bytes);
      objects.set(name, bytes === undefined ? this.#known(name) : crc32(bytes));
    }
    this.#checksums.set(checkpoint, objects);
    if (objects.size > 0) this.#post({ kind: 'keep', checkpoint, objects });
    return names.map((name) => objects.get(name) ?? NO_CHECKSUM);
  }

  /** See `KeyedStateBackend.notifyComplete`. */
  notifyComplete(checkpoint: number): void {
    if (checkpoint <= this.#newestCompleted) return;
    this.#newestCompleted = checkpoint;
    for (const older of [...this.#checksums.keys()]) if (older < checkpoint) this.#checksums.delete(older);
    this.#forgetUnnamed();
    this.#post({ kind: 'completed', checkpoint });
  }

  notifyAborted(checkpoint: number): void {
    if (!this.#checksums.delete(checkpoint)) return;
    this.#forgetUnnamed();
    this.#post({ kind: 'aborted', checkpoint });
  }

  #forgetUnnamed(): void {
    const named = [...this.#checksums.values()];
    for (const name of [...this.#unwritten.keys()])
      if (!named.some((objects) => objects.has(name))) this.#unwritten.delete(name);
  }

  #known(object: string): number {
    for (const objects of this.#checksums.values()) {
      const checksum = objects.get(object);
      if (checksum !== undefined) return checksum;
    }
    return NO_CHECKSUM;
  }

  #post(work: Work): void {
    this.#work.push(work);
    if (this.#working) return;
    this.#working = true;
    this.#env.scope.spawn(`local copies of ${this.task.vertex}[${this.task.subtask}]`, this.#doAll());
  }

  *#doAll(): Coroutine<void> {
    yield* this.#found;
    for (let next = this.#work.shift(); next !== undefined; next = this.#work.shift()) {
      if (next.kind === 'keep') yield* this.#write(next.checkpoint, next.objects);
      else if (next.kind === 'completed') yield* this.#complete(next.checkpoint);
      else yield* this.#change(withAborted(this.#manifest, next.checkpoint));
    }
    this.#working = false;
  }

  *#write(checkpoint: number, objects: Checksums): Coroutine<void> {
    const { task, files, probe } = this.#env;
    // It is over by now.
    if (!this.#checksums.has(checkpoint)) return;
    const there = this.#copies();
    const copies: LocalCopy[] = [];
    const own: string[] = [];
    try {
      for (const [name, checksum] of objects) {
        const before = there.get(name);
        const bytes = this.#unwritten.get(name);
        if (before !== undefined) copies.push(before);
        else if (bytes !== undefined) {
          const file = copyName(task, this.#nextFile++);
          yield* files.write(file, bytes);
          own.push(file);
          copies.push({ object: name, file, length: bytes.length, checksum });
        }
      }
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      this.#giveUp(checkpoint, objects, own, error.message);
      return;
    }
    const changed = yield* this.#change(withTaken(this.#manifest, { checkpoint, copies }));
    if (changed !== 'durable') {
      // The manifest that is on the disk may name them.
      this.#giveUp(checkpoint, objects, changed === 'unknown' ? [] : own, 'the manifest could not be written');
      return;
    }
    for (const { object } of copies) this.#unwritten.delete(object);
    probe.localCopyKept?.({ task, checkpoint, objects: copies.map(({ object }) => object) });
  }

  /** The bytes are not kept for another time: a disk that never takes them would have the memory hold all state. */
  #giveUp(checkpoint: number, objects: Checksums, files: readonly string[], message: string): void {
    const { task, probe } = this.#env;
    for (const file of files) this.#env.files.remove(file);
    for (const object of objects.keys()) this.#unwritten.delete(object);
    probe.localCopyFailed?.({ task, checkpoint, message });
  }

  /** Of objects, by name: what is here of them. */
  #copies(): ReadonlyMap<string, LocalCopy> {
    const left = this.#left?.checkpoint.copies.filter(({ object }) => !this.#rejected.has(object)) ?? [];
    return copiesOf({ checkpoints: [{ checkpoint: 0, copies: left }, ...this.#manifest.checkpoints] });
  }

  /** What came before the checkpoint of this attempt is not restored any more. */
  *#complete(checkpoint: number): Coroutine<void> {
    const { files } = this.#env;
    if ((yield* this.#change(withCompleted(this.#manifest, checkpoint))) !== 'durable') return;
    const left = this.#left;
    if (left === undefined || left.checkpoint.checkpoint >= checkpoint) return;
    this.#left = undefined;
    const needed = filesOf(this.#manifest);
    for (const file of filesOf({ checkpoints: [left.checkpoint] })) if (!needed.has(file)) files.remove(file);
    files.remove(left.manifest);
  }

  /**
   * The manifest on the disk becomes this one, and files go that it does not name. `failed`: nothing has changed; `unknown`: it is not known
   * which one will be there after a power loss, so that no file goes.
   */
  *#change(next: LocalManifest): Coroutine<'durable' | 'failed' | 'unknown'> {
    const { task, files, probe } = this.#env;
    const before = this.#manifest;
    if (next === before) return 'durable';
    probe.localManifest?.({ task, event: 'begun' });
    const name = manifestName(task);
    const own = `${name}-${this.#nextFile++}`;
    let isRenamed = false;
    try {
      yield* files.write(own, writeManifest(next));
      yield* files.rename(own, name);
      isRenamed = true;
      yield* files.syncNames();
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      if (!isRenamed) files.remove(own);
      probe.localManifest?.({ task, event: 'failed' });
      return isRenamed ? 'unknown' : 'failed';
    }
    this.#manifest = next;
    probe.localManifest?.({ task, event: 'replaced' });
    const left = this.#left === undefined ? [] : [this.#left.checkpoint];
    const needed = filesOf({ checkpoints: [...next.checkpoints, ...left] });
    for (const file of filesOf(before)) if (!needed.has(file)) files.remove(file);
    return 'durable';
  }
}
