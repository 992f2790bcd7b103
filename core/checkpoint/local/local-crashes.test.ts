/**
 * The manifest and the files that it names, explored to the fixpoint over all orders in which two checkpoints are taken, completed and
 * aborted while the disk answers one request after the other, with a power loss in every state: of the names that no sync has made durable any
 * may be left, of contents none. After each of these losses the next attempt finds
 *
 *   - whole, every copy of a checkpoint that was stated as kept and that may still be restored;
 *   - of anything else the right bytes or nothing, and it leaves nothing there that it cannot need.
 *
 * States are distinguished by what was said and done so far, in order, how many requests the disk has answered, and what is on it. Not
 * here: disks that fail (`local-copies.test.ts`).
 */
import { expect, it } from 'vitest';
import { assert, IoError } from '../../errors.ts';
import type { Probe, TaskId } from '../../facts.ts';
import type { Disk } from '../../ports.ts';
import { crc32 } from '../../values/checksum.ts';
import { createScope, Deferred, type Executor, type Pending } from '../../waiting.ts';
import { explore } from '../barriers/testing/explore.ts';
import type { LocalCopies } from './local-copies.ts';
import { LocalStore } from './local-store.ts';

const CHECKPOINTS = [1, 2] as const;
const TIMEOUT_MS = 60_000;
/** Each names two; the second one names again what the first one has made, once it has heard that this one is complete. */
const OBJECTS: Readonly<Record<string, readonly string[]>> = {
  first: ['run-0', 'run-1'],
  based: ['run-1', 'run-2'],
  full: ['run-2', 'run-3'],
};
const content = (object: string): Uint8Array => new TextEncoder().encode(object);

interface File {
  bytes: Uint8Array;
  synced: number;
}
type Names = ReadonlyMap<string, File>;
type Change = (names: Map<string, File>) => void;

/** Answers a request when it is told to. */
class ManualDisk implements Disk {
  #durable: Names;
  /** Of names, since a directory was synced. */
  #changes: Change[] = [];
  #requests: (() => void)[] = [];
  served = 0;

  constructor(durable: Names = new Map()) {
    this.#durable = durable;
  }

  get waits(): boolean {
    return this.#requests.length > 0;
  }
  get size(): number {
    return this.#names.size;
  }
  serve(): void {
    this.served += 1;
    this.#requests.shift()?.();
  }
  get #names(): Map<string, File> {
    return namesAfter(this.#durable, this.#changes);
  }
  describe(): string {
    const of = (names: Names): string[] =>
      [...names].map(([name, { bytes, synced }]) => `${name} ${crc32(bytes)} ${synced}`).sort();
    return JSON.stringify([of(this.#durable), of(this.#names), this.#requests.length]);
  }
  /** The disks that a power loss may leave. */
  losses(): readonly ManualDisk[] {
    const subsets = this.#changes.reduce<Change[][]>(
      (all, change) => [...all, ...all.map((one) => [...one, change])],
      [[]],
    );
    return subsets.map((changes) => {
      const left = [...namesAfter(this.#durable, changes)];
      return new ManualDisk(
        new Map(left.map(([name, { bytes, synced }]) => [name, { bytes: bytes.slice(0, synced), synced }])),
      );
    });
  }

  read(path: string, at: number, length: number): Pending<Uint8Array> {
    return this.#asked(() => this.readNow(path, at, length));
  }
  readNow(path: string, at: number, length: number): Uint8Array {
    return this.#file(path).bytes.slice(at, at + length);
  }
  append(path: string, bytes: Uint8Array): Pending<void> {
    return this.#asked(() => {
      if (!this.#names.has(path)) {
        const file = { bytes: new Uint8Array(), synced: 0 };
        this.#changes.push((names) => names.set(path, file));
      }
      const file = this.#file(path);
      file.bytes = new Uint8Array([...file.bytes, ...bytes]);
    });
  }
  sync(path: string): Pending<void> {
    return this.#asked(() => {
      const file = this.#file(path);
      file.synced = file.bytes.length;
    });
  }
  syncDirectory(): Pending<void> {
    return this.#asked(() => {
      this.#durable = this.#names;
      this.#changes = [];
    });
  }
  rename(from: string, to: string): Pending<void> {
    return this.#asked(() => {
      const file = this.#file(from);
      this.#changes.push((names) => {
        names.delete(from);
        names.set(to, file);
      });
    });
  }
  remove(path: string): Pending<void> {
    return this.#asked(() => {
      this.#changes.push((names) => names.delete(path));
    });
  }
  list(directory: string): Pending<readonly string[]> {
    return this.#asked(() => [...this.#names.keys()].map((path) => path.slice(directory.length + 1)));
  }

  #file(path: string): File {
    const file = this.#names.get(path);
    if (file === undefined) throw new IoError(`${path} is not there`);
    return file;
  }
  #asked<T>(answer: () => T): Pending<T> {
    const pending = new Deferred<T>('the disk');
    this.#requests.push(() => {
      try {
        pending.resolve(answer());
      } catch (error) {
        pending.reject(error);
      }
    });
    return pending;
  }
}
function namesAfter(before: Names, changes: readonly Change[]): Map<string, File> {
  const names = new Map(before);
  for (const change of changes) change(names);
  return names;
}

/** Steps run when they are told to, in the order in which they were woken. */
class ManualExecutor implements Executor {
  readonly #woken = new Set<() => 'more' | 'idle'>();

  actor(_: string, step: () => 'more' | 'idle') {
    return { wake: () => void this.#woken.add(step) };
  }
  run(): void {
    for (const step of this.#woken) {
      this.#woken.delete(step);
      if (step() === 'more') this.#woken.add(step);
    }
  }
}

/** An attempt on a disk. */
class Rig {
  readonly disk: ManualDisk;
  readonly kept: number[] = [];
  readonly copies: LocalCopies;
  readonly executor = new ManualExecutor();
  readonly scope = createScope(this.executor, 'attempt', (error) => {
    throw error;
  });

  constructor(disk: ManualDisk, attempt: number, restored?: number, named: readonly string[] = []) {
    this.disk = disk;
    const probe: Probe = { localCopyKept: ({ checkpoint }) => this.kept.push(checkpoint) };
    const store = new LocalStore({ disk, probe }, 'job', attempt, this.scope);
    const task: TaskId = { vertex: 'v', subtask: 0, attempt };
    const objects = named.map((object) => ({ object, checksum: crc32(content(object)) }));
    const from = restored === undefined ? null : { checkpoint: restored, attempt: 1, objects };
    this.copies = store.copiesOf(task, { start: 0, end: 7 }, from);
    store.open();
    this.executor.run();
  }

  serve(): void {
    this.disk.serve();
    this.executor.run();
  }
  serveAll(): void {
    while (this.disk.waits) this.serve();
  }
}

type Event =
  | { readonly kind: 'keep'; readonly checkpoint: number; readonly how: string }
  | { readonly kind: 'completed' | 'aborted'; readonly checkpoint: number }
  | { readonly kind: 'serve' };

function apply(rig: Rig, event: Event): void {
  switch (event.kind) {
    case 'serve':
      rig.serve();
      return;
    case 'keep': {
      const objects = OBJECTS[event.how] ?? [];
      const made = event.how === 'based' ? objects.slice(1) : objects;
      const handle = { first: 0, last: 7, objects: [...objects], own: [] };
      rig.copies.keep(event.checkpoint, [handle], new Map(made.map((object) => [object, content(object)])));
      break;
    }
    case 'completed':
      rig.copies.notifyComplete(event.checkpoint);
      break;
    case 'aborted':
      rig.copies.notifyAborted(event.checkpoint);
  }
  rig.executor.run();
}

interface Model {
  readonly said: readonly Event[];
  readonly waits: boolean;
}
const has = ({ said }: Model, kind: Event['kind'], of: number): boolean =>
  said.some((event) => event.kind === kind && 'checkpoint' in event && event.checkpoint === of);

/** Not aborted, and nothing newer is complete. */
function mayBeRestored(model: Model, checkpoint: number): boolean {
  const isOver = CHECKPOINTS.some((newer) => newer > checkpoint && has(model, 'completed', newer));
  return !isOver && !has(model, 'aborted', checkpoint);
}

/** `there`, `notThere`: objects that the next attempt asks for. */
const met = { losses: 0, there: 0, notThere: 0 };

function judge(model: Model, rig: Rig): void {
  for (const event of model.said) {
    if (event.kind !== 'keep') continue;
    const { checkpoint } = event;
    const objects = OBJECTS[event.how] ?? [];
    const isKept = rig.kept.includes(checkpoint) && mayBeRestored(model, checkpoint);
    for (const disk of rig.disk.losses()) {
      met.losses += 1;
      const next = new Rig(disk, 2, checkpoint, objects);
      for (const object of objects) {
        const read = next.scope.spawn('read', next.copies.read(object));
        next.executor.run();
        next.serveAll();
        const bytes = read.take();
        assert(bytes !== undefined || !isKept, () => `${object} of ${checkpoint} is lost`);
        if (bytes !== undefined) assert(crc32(bytes) === crc32(content(object)), () => `${object} is another one`);
        met[bytes === undefined ? 'notThere' : 'there'] += 1;
      }
      assert(next.disk.size <= 1 + objects.length, () => `more is left than the manifest and copies of ${checkpoint}`);
    }
  }
}

function enabled(model: Model): readonly Event[] {
  const events: Event[] = model.waits ? [{ kind: 'serve' }] : [];
  for (const checkpoint of CHECKPOINTS) {
    if (!has(model, 'keep', checkpoint)) {
      const how = checkpoint === 1 ? 'first' : has(model, 'completed', 1) ? 'based' : 'full';
      events.push({ kind: 'keep', checkpoint, how });
      break;
    }
    if (has(model, 'completed', checkpoint) || has(model, 'aborted', checkpoint)) continue;
    events.push({ kind: 'completed', checkpoint }, { kind: 'aborted', checkpoint });
  }
  return events;
}

it(
  'whatever the disk had done when the power went, a copy that was stated as kept is found whole, and no wrong one is',
  () => {
    const extent = explore<Rig, Event, undefined, Model>({
      create: () => new Rig(new ManualDisk(), 1),
      apply: (rig, event) => {
        apply(rig, event);
        return undefined;
      },
      initial: { said: [], waits: true },
      enabled,
      step: ({ said }, event, _, rig) => {
        const next = { said: event.kind === 'serve' ? said : [...said, event], waits: rig.disk.waits };
        judge(next, rig);
        return next;
      },
      key: ({ said }, rig) => JSON.stringify([said, rig.kept, rig.disk.served, rig.disk.describe()]),
    });
    expect(extent).toEqual({ states: 497, edges: 858 });
    expect(met).toEqual({ losses: 8_951, there: 4_328, notThere: 13_574 });
  },
  TIMEOUT_MS,
);
