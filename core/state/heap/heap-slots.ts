/**
 * Copy on write per key group, by epochs: what makes the sync part of a snapshot cheap.
 *
 * A state is an array with a group for each key group, a group is a map with a slot for each key. `freeze` hands out
 * a copy of the array and begins an epoch; a group or slot of an earlier epoch belongs to a snapshot and is never
 * changed again, the first write in the new epoch copies it (the group's map without the slots, then the one slot).
 *
 *     epoch 0   write k1, k2                      groups [ {k1: a, k2: b} ]
 *               freeze -> snapshot holds          groups [ {k1: a, k2: b} ]
 *     epoch 1   write k1: copy group, copy slot   groups [ {k1: a', k2: b} ]     b is shared until it is written
 */
import type { ByteWriter } from '../../values/bytes.ts';
import { compareKeys } from './heap-keys.ts';
import type { HeapKey, KeyIndex } from './heap-keys.ts';

export interface Slot {
  readonly key: HeapKey;
  readonly epoch: number;
}

interface Group<S> {
  readonly epoch: number;
  readonly slots: Map<KeyIndex, S>;
}

/** Groups that are not changed any more, by offset in the range. */
export interface FrozenGroups<S> {
  at(offset: number): { readonly slots: ReadonlyMap<KeyIndex, S> } | undefined;
}

/** The same with what `keep` leaves of each slot; made when a group is first asked for. */
export function sieved<S extends Slot>(groups: FrozenGroups<S>, keep: (slot: S) => S | undefined): FrozenGroups<S> {
  const known = new Map<number, { readonly slots: ReadonlyMap<KeyIndex, S> } | undefined>();
  return {
    at(offset) {
      const group = groups.at(offset);
      if (group === undefined || known.has(offset)) return known.get(offset);
      const slots = new Map<KeyIndex, S>();
      for (const [index, slot] of group.slots) {
        const kept = keep(slot);
        if (kept !== undefined) slots.set(index, kept);
      }
      known.set(offset, { slots });
      return { slots };
    },
  };
}

/** How a slot is copied into a later epoch. */
export interface SlotCopier<S> {
  copy(slot: S, epoch: number): S;
}

export class SlotGroups<S extends Slot> {
  readonly #groups: (Group<S> | undefined)[];
  readonly #copier: SlotCopier<S>;
  #epochNow = 0;
  /** By offset: where `some` goes on. */
  readonly #walks = new Map<number, IterableIterator<S>>();

  constructor(keyGroups: number, copier: SlotCopier<S>) {
    this.#groups = new Array<Group<S> | undefined>(keyGroups).fill(undefined);
    this.#copier = copier;
  }

  /** What a new slot must carry. */
  get epoch(): number {
    return this.#epochNow;
  }

  /** To read. */
  find(key: HeapKey): S | undefined {
    return this.#groups[key.at]?.slots.get(key.index);
  }

  /** To change; undefined if there is none. */
  writable(key: HeapKey): S | undefined {
    const slot = this.find(key);
    if (slot === undefined || slot.epoch === this.#epochNow) return slot;
    const copy = this.#copier.copy(slot, this.#epochNow);
    this.add(copy);
    return copy;
  }

  /** A slot of the current epoch, in the place of its key. */
  add(slot: S): void {
    this.#writableGroup(slot.key.at).set(slot.key.index, slot);
  }

  delete(key: HeapKey): void {
    if (this.find(key) !== undefined) this.#writableGroup(key.at).delete(key.index);
  }

  /** The keys of all groups, in order of their bytes. */
  keys(): readonly HeapKey[] {
    const keys: HeapKey[] = [];
    for (const slot of this.slots()) keys.push(slot.key);
    return keys.sort(compareKeys);
  }

  /** Of all groups. */
  *slots(): Generator<S, void> {
    for (const group of this.#groups) if (group !== undefined) yield* group.slots.values();
  }

  get isEmpty(): boolean {
    for (const group of this.#groups) if (group !== undefined && group.slots.size > 0) return false;
    return true;
  }

  /** Up to `count` keys of a group; the next call goes on behind them, and from the start again. */
  some(at: number, count: number): readonly HeapKey[] {
    const keys: HeapKey[] = [];
    let walk = this.#walks.get(at);
    while (keys.length < count) {
      walk ??= this.#groups[at]?.slots.values();
      const next = walk?.next();
      if (next === undefined || next.done === true) {
        this.#walks.delete(at);
        return keys;
      }
      // The walk may be through a group that has been copied since: what is gone from the copy is passed over.
      if (this.find(next.value.key) !== undefined) keys.push(next.value.key);
    }
    if (walk !== undefined) this.#walks.set(at, walk);
    return keys;
  }

  /** The sync part of a snapshot. */
  freeze(): FrozenGroups<S> {
    this.#epochNow++;
    return this.#groups.slice();
  }

  #writableGroup(at: number): Map<KeyIndex, S> {
    const group = this.#groups[at];
    if (group !== undefined && group.epoch === this.#epochNow) return group.slots;
    const slots = new Map(group?.slots);
    this.#groups[at] = { epoch: this.#epochNow, slots };
    return slots;
  }
}

/** The part of a state in a key group's bytes (snapshot-format.ts): slots in order of their keys; nothing if there are none. `index`: in the header. */
export function writeSlots<S extends Slot>(
  groups: FrozenGroups<S>,
  at: number,
  index: number,
  out: ByteWriter,
  writeSlot: (slot: S, out: ByteWriter) => void,
): void {
  const slots = groups.at(at)?.slots;
  if (slots === undefined || slots.size === 0) return;
  out.bool(true);
  out.varint(index);
  out.varint(slots.size);
  const all = [...slots.values()];
  if (all.length > 1) all.sort(compareSlots);
  for (const slot of all) {
    out.raw(slot.key.bytes);
    writeSlot(slot, out);
  }
}

function compareSlots(a: Slot, b: Slot): number {
  return compareKeys(a.key, b.key);
}
