/**
 * Snapshots of the lsm backend. A full one is in the canonical format (snapshot-format.ts), which any backend restores: the
 * store is gone through once, in order of its keys, which is the order of key groups; the content of one group is in memory at
 * a time. An incremental one (image-format.ts) consists of the runs as they are.
 */
import type { Timestamp } from '../../job/functions.ts';
import type { TypeInfo } from '../../job/types.ts';
import { EngineBug } from '../../errors.ts';
import type { FloorRange } from '../../time/floors.ts';
import { ByteReader, bytesOf, ByteWriter } from '../../values/bytes.ts';
import type { Coroutine } from '../../waiting.ts';
import type { KeyedSnapshot, Sieve, SnapshotOutput, StateSlice } from '../backend.ts';
import type { KeyedHandle } from '../handles.ts';
import type { SnapshotState } from '../keyed-states.ts';
import {
  type GroupRun,
  type SnapshotHeader,
  TIMER_DOMAINS,
  writeHandle,
  writeHeader,
  writeNamespace,
} from '../snapshot-format.ts';
import { type Binary, bytesOfBinary, GROUP_LENGTH, groupOfBinary, namespaceOfBinary } from './binary.ts';
import { describeImage, incrementalHandle } from './image-format.ts';
import type { LsmKeys } from './lsm-keys.ts';
import { columnPrefixLength, type LsmMapTable, type LsmTable } from './lsm-tables.ts';
import { TIMER_KEY_AT, timerDomainOf, timerOf } from './lsm-timers.ts';
import type { Run } from './run.ts';
import type { LiveEntry } from './memtable.ts';
import type { LsmStore, View } from './store.ts';
import type { UploadedRuns } from './uploaded-runs.ts';

type AnyTable = LsmTable<unknown> | LsmMapTable<unknown, unknown>;

export interface LsmContent {
  readonly keyType: TypeInfo;
  readonly keys: LsmKeys;
  readonly store: LsmStore;
  readonly view: View;
  /** Undefined: checkpoints are full. */
  readonly uploaded: UploadedRuns | undefined;
  /** In order, for the whole range. */
  readonly floors: readonly FloorRange[];
  /** In the order of the header. */
  readonly states: readonly SnapshotState<AnyTable>[];
}

export class LsmSnapshot implements KeyedSnapshot {
  readonly #content: LsmContent;

  constructor(content: LsmContent) {
    this.#content = content;
  }

  *write(out: SnapshotOutput): Coroutine<readonly KeyedHandle[]> {
    const { store, view, uploaded } = this.#content;
    try {
      const runs = yield* store.runsOf(view);
      // What a sieve leaves out cannot be left out of a run, and a savepoint names nothing of other checkpoints.
      const isWhole = uploaded === undefined || out.kind !== 'checkpoint' || this.#isSieved;
      return isWhole ? yield* this.#writeWhole(out, runs) : yield* this.#writeRuns(out, runs, uploaded);
    } finally {
      store.release(view);
    }
  }

  discard(): void {
    this.#content.store.release(this.#content.view);
  }

  get #isSieved(): boolean {
    return this.#content.states.some(({ sieve }) => sieve !== undefined);
  }

  get #header(): SnapshotHeader {
    const { keyType, states } = this.#content;
    return { keyType, states: states.map(({ table }) => table.schema) };
  }

  /** Only runs that the base does not have are written; what a run holds, it holds for good. */
  *#writeRuns(out: SnapshotOutput, runs: readonly Run[], uploaded: UploadedRuns): Coroutine<readonly KeyedHandle[]> {
    const { keys, store, floors } = this.#content;
    const objects = new Map<number, string>();
    for (const run of runs) {
      const known = uploaded.objectOf(run.id);
      const object =
        known !== undefined && out.mayReuse(known) ? known : out.shared(`run-${run.id}`, yield* store.readRun(run));
      objects.set(run.id, object);
    }
    uploaded.taken(out.checkpoint, objects);
    const description = out.append(describeImage({ header: this.#header, floors, runs }));
    return [incrementalHandle(keys.range, description, [...objects.values()])];
  }

  *#writeWhole(out: SnapshotOutput, runs: readonly Run[]): Coroutine<readonly KeyedHandle[]> {
    const { keys, store, floors } = this.#content;
    const header = out.append(writeHeader(this.#header));
    const groups = new GroupWriter(out, floors);
    let group = new GroupContentWriter(this.#content);
    let keyGroup = keys.range.start;
    yield* store.visit(runs, (entry) => {
      const next = groupOfBinary(entry.key);
      if (next !== keyGroup) {
        if (!group.isEmpty) groups.add(keyGroup, group);
        group = new GroupContentWriter(this.#content);
        keyGroup = next;
      }
      group.add(entry);
    });
    if (!group.isEmpty) groups.add(keyGroup, group);
    return [writeHandle(keys.range, header, groups.finish())];
  }
}

/** The runs of key groups: groups that hold nothing share their bytes, those of their floor, once for neighbours. */
class GroupWriter {
  readonly #out: SnapshotOutput;
  readonly #floors: readonly FloorRange[];
  readonly #filled = new Map<number, StateSlice>();

  constructor(out: SnapshotOutput, floors: readonly FloorRange[]) {
    this.#out = out;
    this.#floors = floors;
  }

  add(keyGroup: number, content: GroupContentWriter): void {
    const floor = this.#floors.find(({ start, end }) => start <= keyGroup && keyGroup <= end)?.floor;
    if (floor === undefined) throw new EngineBug(`key group ${keyGroup} has no floor`);
    this.#filled.set(keyGroup, this.#out.append(content.bytes(floor)));
  }

  finish(): readonly GroupRun[] {
    const runs: GroupRun[] = [];
    for (const { start, end, floor } of this.#floors) {
      let nothing: StateSlice | undefined;
      for (let group = start; group <= end; group++) {
        const slice = this.#filled.get(group);
        if (slice !== undefined) {
          runs.push({ first: group, last: group, slice });
          continue;
        }
        const first = group;
        while (group < end && !this.#filled.has(group + 1)) group++;
        nothing ??= this.#out.append(emptyGroup(floor));
        runs.push({ first, last: group, slice: nothing });
      }
    }
    return runs;
  }
}

function emptyGroup(floor: Timestamp): Uint8Array {
  return bytesOf((out) => {
    out.zigzag(floor);
    out.bool(false);
    for (let domain = 0; domain < TIMER_DOMAINS.length; domain++) out.varint(0);
  });
}

/** What a key has in a state, and all keys before it. */
interface StateBytes {
  keys: number;
  readonly body: ByteWriter;
  key: Binary | undefined;
  cells: number;
  readonly ofKey: ByteWriter;
}

/** The content of one key group, as it comes from the store. */
class GroupContentWriter {
  readonly #content: LsmContent;
  readonly #states: StateBytes[];
  readonly #timers = { event: { count: 0, body: new ByteWriter() }, processing: { count: 0, body: new ByteWriter() } };
  /** Of the entry before. */
  #at = 0;
  isEmpty = true;

  constructor(content: LsmContent) {
    this.#content = content;
    this.#states = content.states.map(() => ({
      keys: 0,
      body: new ByteWriter(),
      key: undefined,
      cells: 0,
      ofKey: new ByteWriter(),
    }));
  }

  add({ key, value }: LiveEntry): void {
    const domain = timerDomainOf(key);
    if (domain === undefined) {
      this.#addValue(key, value);
      return;
    }
    const { timestamp, namespace } = timerOf(this.#content.keys, key, value);
    const { end } = this.#content.keys.read(key, TIMER_KEY_AT);
    const timers = this.#timers[domain];
    timers.count++;
    timers.body.zigzag(timestamp);
    timers.body.raw(bytesOfBinary(key.slice(TIMER_KEY_AT, end)));
    writeNamespace(namespace, timers.body);
    this.isEmpty = false;
  }

  bytes(floor: Timestamp): Uint8Array {
    return bytesOf((out) => {
      out.zigzag(floor);
      for (const [index, state] of this.#states.entries()) {
        this.#endKey(state);
        if (state.keys === 0) continue;
        out.bool(true);
        out.varint(index);
        out.varint(state.keys);
        out.raw(state.body.take());
      }
      out.bool(false);
      for (const domain of TIMER_DOMAINS) {
        const { count, body } = this.#timers[domain];
        out.varint(count);
        out.raw(body.take());
      }
    });
  }

  #addValue(binary: Binary, bytes: Uint8Array): void {
    const { keys, states } = this.#content;
    const isOf = (at: number): boolean => binary.startsWith(states[at]?.table.tag ?? '?', GROUP_LENGTH);
    if (!isOf(this.#at)) this.#at = states.findIndex((_, at) => isOf(at));
    const of = states[this.#at];
    const state = this.#states[this.#at];
    if (of === undefined || state === undefined)
      throw new EngineBug('the store has a state that nobody has registered');
    const { table, sieve } = of;
    const keyAt = columnPrefixLength(table);
    const { end } = keys.read(binary, keyAt);
    const key = binary.slice(keyAt, end);
    if (key !== state.key) {
      this.#endKey(state);
      state.key = key;
    }
    const kept = sieve === undefined ? bytes : siftedBytes(table, sieve, bytes);
    if (kept === undefined) return;
    if (table.schema.kind === 'value') writeNamespace(namespaceOfBinary(binary, end), state.ofKey);
    else state.ofKey.raw(bytesOfBinary(binary, end));
    state.ofKey.raw(kept);
    state.cells++;
    this.isEmpty = false;
  }

  #endKey(state: StateBytes): void {
    if (state.cells > 0 && state.key !== undefined) {
      state.keys++;
      state.body.raw(bytesOfBinary(state.key));
      state.body.varint(state.cells);
      state.body.raw(state.ofKey.take());
      state.cells = 0;
    }
    state.key = undefined;
  }
}

/** Undefined: nothing of it is left; the same bytes: all of it is. Of a map an entry stays whole or goes. */
export function siftedBytes({ schema, serializer }: AnyTable, sieve: Sieve, bytes: Uint8Array): Uint8Array | undefined {
  const stored = serializer.read(new ByteReader(bytes));
  const kept = sieve(stored);
  if (kept === undefined) return undefined;
  if (kept === stored || schema.kind === 'map') return bytes;
  return bytesOf((out) => {
    serializer.write(kept, out);
  });
}
