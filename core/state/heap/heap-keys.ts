/**
 * The keys of a heap backend: the current one, and what is derived from a key (its index in maps, its key group, its
 * bytes), each computed once.
 */
import type { TypeInfo } from '../../job/types.ts';
import { EngineBug } from '../../errors.ts';
import { keyHasher } from '../../values/hash.ts';
import type { KeyHasher } from '../../values/hash.ts';
import { keyGroupOf } from '../../graph/key-groups.ts';
import type { KeyGroupRange } from '../../graph/key-groups.ts';
import { ByteWriter } from '../../values/bytes.ts';
import { compareBytes, keyIndexer, serializerOf } from '../../values/serializers.ts';
import type { KeyIndexer, TypeSerializer } from '../../values/serializers.ts';

/** Equal keys have equal indexes and different ones different indexes. */
export type KeyIndex = ReturnType<KeyIndexer<unknown>>;

/** Keys that are remembered; beyond it they are forgotten all at once, so that a stream of new keys does not pile up. */
const REMEMBERED_KEYS = 4_096;

export class HeapKey {
  readonly key: unknown;
  readonly index: KeyIndex;
  readonly keyGroup: number;
  /** Place of the key group, from the start of the range. */
  readonly at: number;
  readonly #keys: HeapKeys;
  #serialized: Uint8Array | undefined = undefined;

  constructor(keys: HeapKeys, key: unknown, index: KeyIndex, keyGroup: number, at: number) {
    this.#keys = keys;
    this.key = key;
    this.index = index;
    this.keyGroup = keyGroup;
    this.at = at;
  }

  /** Throws a `JobError` if the key is not of the key type. */
  get bytes(): Uint8Array {
    this.#serialized ??= this.#keys.serialize(this.key);
    return this.#serialized;
  }
}

/** In order of the serialized bytes; 0 for equal keys. */
export function compareKeys(a: HeapKey, b: HeapKey): number {
  return a === b ? 0 : compareBytes(a.bytes, b.bytes);
}

export class HeapKeys {
  readonly #range: KeyGroupRange;
  readonly #maxParallelism: number;
  readonly #hasher: KeyHasher<unknown>;
  readonly #indexer: KeyIndexer<unknown>;
  readonly #serializer: TypeSerializer<unknown>;
  readonly #writer = new ByteWriter();
  readonly #known = new Map<KeyIndex, HeapKey>();
  #selected: HeapKey | undefined = undefined;

  constructor(range: KeyGroupRange, maxParallelism: number, keyType: TypeInfo) {
    this.#range = range;
    this.#maxParallelism = maxParallelism;
    this.#hasher = keyHasher(keyType);
    this.#indexer = keyIndexer(keyType);
    this.#serializer = serializerOf(keyType);
  }

  /** Throws `EngineBug` if the key's group is outside the range. */
  select(key: unknown): void {
    this.#selected = this.of(key);
  }

  get current(): HeapKey {
    if (this.#selected === undefined) throw new EngineBug('keyed state is used while no key is current');
    return this.#selected;
  }

  /** Throws `EngineBug` if the key's group is outside the range. */
  of(key: unknown): HeapKey {
    const index = this.#indexer(key);
    let known = this.#known.get(index);
    if (known === undefined) {
      known = this.#place(key, index);
      if (this.#known.size >= REMEMBERED_KEYS) this.#known.clear();
      this.#known.set(index, known);
    }
    return known;
  }

  serialize(key: unknown): Uint8Array {
    this.#writer.reset();
    this.#serializer.write(key, this.#writer);
    return this.#writer.take();
  }

  /** From the start of the range. Throws `EngineBug` if the group is outside it. */
  offset(keyGroup: number): number {
    const { start, end } = this.#range;
    if (keyGroup < start || keyGroup > end) {
      throw new EngineBug(`key group ${keyGroup} is outside the backend's range ${start}-${end}`);
    }
    return keyGroup - start;
  }

  #place(key: unknown, index: KeyIndex): HeapKey {
    const keyGroup = keyGroupOf(this.#hasher(key), this.#maxParallelism);
    return new HeapKey(this, key, index, keyGroup, this.offset(keyGroup));
  }
}
