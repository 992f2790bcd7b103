/**
 * An object store like S3 (strongly consistent): whole objects, conditional put, sorted list.
 *
 * What it models: latency per request, with no order between requests; the effect at a moment between request and
 * reply, which the death of the caller does not undo; lost replies (`unknown`, applied or not); puts that are refused
 * because the store is unavailable, and puts that stall. Reads fail where a fault says so. What it leaves out: throttling,
 * multipart uploads, slow links by size, lost replies to reads.
 */
import { IoError } from '../../core/errors.ts';
import type { ObjectStore, Written } from '../../core/ports.ts';
import type { Pending } from '../../core/waiting.ts';
import type { Kernel, SimProcess, Stream, WorldContext } from '../kernel/types.ts';
import { Lines, REFUSED, WRITTEN } from './line.ts';
import type { Call, Line } from './line.ts';

/** How long requests take, and how often the store is unkind. */
export interface ObjectStoreConfig {
  readonly objectStoreLatencyUs: number;
  readonly objectStoreJitterUs: number;
  /** Share of puts that the store refuses, being unavailable. */
  readonly objectStoreRefusedPer1000: number;
  /** Share of puts that take `objectStoreStallMs` longer than usual. */
  readonly objectStoreStallPer1000: number;
  readonly objectStoreStallMs: number;
  /** Share of puts whose reply is lost: the caller hears `unknown`, and a further draw says whether it was applied. */
  readonly lostReplyPer1000: number;
}

export class SimObjectStore {
  readonly #kernel: Kernel;
  readonly #lines: Lines;
  /** In the order in which they were put. */
  readonly #objects = new Map<string, Uint8Array>();
  /** What a fault has taken. */
  readonly #lost = new Map<string, Uint8Array>();
  readonly #config: ObjectStoreConfig;
  readonly #refusals: Stream | undefined;
  readonly #stalls: Stream | undefined;
  readonly #onChanged: ((name: string) => void)[] = [];
  /** So many reads that come next fail. */
  #failing = 0;
  #healed = false;

  constructor(context: WorldContext, config: ObjectStoreConfig) {
    this.#kernel = context.kernel;
    this.#config = config;
    this.#refusals = config.objectStoreRefusedPer1000 > 0 ? context.choices.stream('object-store/refused') : undefined;
    this.#stalls = config.objectStoreStallPer1000 > 0 ? context.choices.stream('object-store/stall') : undefined;
    this.#lines = new Lines(context, 'object-store', {
      latencyUs: config.objectStoreLatencyUs,
      jitterUs: config.objectStoreJitterUs,
      lostReplyPer1000: config.lostReplyPer1000,
    });
  }

  /** The end of chaos: no reply is lost, no put is refused, none stalls and no read fails any more. */
  heal(): void {
    this.#failing = 0;
    this.#healed = true;
    this.#lines.heal();
  }

  /** For the doors: whether the store is unavailable for the next put. */
  refusesPut(): boolean {
    return !this.#healed && this.#refusals?.chance(this.#config.objectStoreRefusedPer1000) === true;
  }

  /** For the doors: how much longer than usual the next put takes. */
  stallUs(): number {
    const stalls = !this.#healed && this.#stalls?.chance(this.#config.objectStoreStallPer1000) === true;
    return stalls ? this.#config.objectStoreStallMs * 1000 : 0;
  }

  door(process: SimProcess): ObjectStore {
    return new Door(this, this.#kernel, this.#lines.line(process, false));
  }

  /** The object as it is now, without a trace in the run. Read only. */
  object(name: string): Uint8Array | undefined {
    return this.#objects.get(name);
  }

  /** The names that start so, sorted by code units, without a trace in the run. */
  names(prefix: string): readonly string[] {
    return [...this.#objects.keys()].filter((name) => name.startsWith(prefix)).sort(byCodeUnits);
  }

  /** The same, the oldest first. */
  byAge(): readonly string[] {
    return [...this.#objects.keys()];
  }

  /** A fault: the object is gone, and nobody is told. False: there is no such object. */
  lose(name: string): boolean {
    const bytes = this.#objects.get(name);
    if (bytes === undefined) return false;
    this.#objects.delete(name);
    this.#lost.set(name, bytes);
    return true;
  }

  /** What would be there under this name, had no fault taken it. Without a trace in the run. */
  lost(name: string): Uint8Array | undefined {
    return this.#lost.get(name);
  }

  /** Called in the event in which a process writes or removes an object, behind the change. Without a trace in the run. */
  onChanged(listener: (name: string) => void): void {
    this.#onChanged.push(listener);
  }

  /** The next reads that come to the store fail, each a `get` or a `list`. */
  failReads(count: number): void {
    this.#failing += count;
  }

  /** For the doors: the answer to a read. `IoError` if it is one that fails. */
  read<T>(what: string, read: () => T): T {
    if (this.#failing === 0) return read();
    this.#failing -= 1;
    throw new IoError(`the object store could not read ${what}`);
  }

  /** Somebody outside of the run puts an object there: before the run, or by hand. */
  seed(name: string, bytes: Uint8Array): void {
    this.#kernel.foldBytes(bytes);
    this.#objects.set(name, bytes);
  }

  /** Somebody outside of the run takes an object away. */
  takeAway(name: string): void {
    this.#objects.delete(name);
  }

  /** The effect of a put; for the doors. */
  put(name: string, bytes: Uint8Array, condition: 'if-absent' | undefined): Written {
    if (condition === 'if-absent' && this.#objects.has(name)) return REFUSED;
    this.#objects.delete(name);
    this.#objects.set(name, bytes);
    this.#lost.delete(name);
    this.#changed(name);
    return WRITTEN;
  }

  /** The effect of a remove; for the doors. Removing what is not there succeeds. */
  remove(name: string): Written {
    this.#objects.delete(name);
    this.#lost.delete(name);
    this.#changed(name);
    return WRITTEN;
  }

  #changed(name: string): void {
    for (const listener of this.#onChanged) listener(name);
  }
}

class Door implements ObjectStore {
  readonly #store: SimObjectStore;
  readonly #kernel: Kernel;
  readonly #line: Line;

  constructor(store: SimObjectStore, kernel: Kernel, line: Line) {
    this.#store = store;
    this.#kernel = kernel;
    this.#line = line;
  }

  put(name: string, bytes: Uint8Array, condition?: 'if-absent'): Pending<Written> {
    this.#line.process.portCall('objects.put');
    this.#kernel.foldBytes(bytes);
    const what = (): string => `put of object ${name}`;
    if (this.#store.refusesPut()) {
      return this.#line.ask(what, (call: Call<Written>) => {
        call.answer(REFUSED);
      });
    }
    return this.#line.write(what, () => this.#store.put(name, bytes, condition), this.#store.stallUs());
  }

  get(name: string): Pending<Uint8Array | undefined> {
    this.#line.process.portCall('objects.get');
    return this.#line.ask(
      () => `object ${name}`,
      (call: Call<Uint8Array | undefined>) => {
        call.answer(this.#store.read(name, () => this.#store.object(name)));
      },
    );
  }

  list(prefix: string): Pending<readonly string[]> {
    this.#line.process.portCall('objects.list');
    return this.#line.ask(
      () => `list of objects ${prefix}*`,
      (call: Call<readonly string[]>) => {
        call.answer(this.#store.read(`${prefix}*`, () => this.#store.names(prefix)));
      },
    );
  }

  remove(name: string): Pending<Written> {
    this.#line.process.portCall('objects.remove');
    return this.#line.write(
      () => `removal of object ${name}`,
      () => this.#store.remove(name),
    );
  }
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
