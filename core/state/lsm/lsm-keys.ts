/** The keys of an lsm backend: the current one, with its group and its bytes. Nothing is remembered of any other. */
import { EngineBug } from '../../errors.ts';
import { keyGroupOf, type KeyGroupRange } from '../../graph/key-groups.ts';
import type { TypeInfo } from '../../job/types.ts';
import { ByteReader, ByteWriter } from '../../values/bytes.ts';
import { type KeyHasher, keyHasher } from '../../values/hash.ts';
import { type KeyIndexer, keyIndexer, serializerOf, type TypeSerializer } from '../../values/serializers.ts';
import { type Binary, bytesOfBinary } from './binary.ts';

export interface LsmKey {
  readonly key: unknown;
  readonly keyGroup: number;
  readonly binary: Binary;
}

export class LsmKeys {
  readonly range: KeyGroupRange;
  readonly #maxParallelism: number;
  readonly #hasher: KeyHasher<unknown>;
  readonly #indexer: KeyIndexer<unknown>;
  readonly #serializer: TypeSerializer<unknown>;
  readonly #writer = new ByteWriter();
  #selected: { readonly index: string | number; readonly key: LsmKey } | undefined;

  constructor(range: KeyGroupRange, maxParallelism: number, keyType: TypeInfo) {
    this.range = range;
    this.#maxParallelism = maxParallelism;
    this.#hasher = keyHasher(keyType);
    this.#indexer = keyIndexer(keyType);
    this.#serializer = serializerOf(keyType);
  }

  /** Throws `EngineBug` if the key's group is outside the range, `JobError` if it is not of the key type. */
  select(key: unknown): void {
    const index = this.#indexer(key);
    if (this.#selected?.index !== index) this.#selected = { index, key: this.of(key) };
  }

  get current(): LsmKey {
    if (this.#selected === undefined) throw new EngineBug('keyed state is used while no key is current');
    return this.#selected.key;
  }

  /** Throws as `select`. */
  of(key: unknown): LsmKey {
    const keyGroup = keyGroupOf(this.#hasher(key), this.#maxParallelism);
    const { start, end } = this.range;
    if (keyGroup < start || keyGroup > end) {
      throw new EngineBug(`key group ${keyGroup} is outside the backend's range ${start}-${end}`);
    }
    this.#serializer.write(key, this.#writer);
    return { key, keyGroup, binary: this.#writer.takeUnits() };
  }

  /** The key that begins at `at` in a key of the store, and where it ends. */
  read(binary: Binary, at: number): { readonly key: unknown; readonly end: number } {
    const input = new ByteReader(bytesOfBinary(binary, at));
    const key = this.#serializer.read(input);
    return { key, end: binary.length - input.remaining };
  }
}
