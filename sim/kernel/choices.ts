/**
 * Named draws (D5): the k-th draw of a label is f(key, label, k) and of nothing else.
 *
 *     key    two 32-bit halves, made once from the seed text by seedrandom (tychei, about 0.4 us)
 *     label  two 32-bit hashes of its text, mixed with the key when the stream is made
 *     k      the count of the label's earlier draws, or an identity for `at`
 *     value  mix(key, label, k) scaled to [0, n)
 *
 * So a draw that falls away leaves every other label as it was, and a plan can name single draws: in explicit mode the
 * k-th draw of a label is what the plan says, clamped to n - 1, and 0 otherwise. 0 is the calm choice by contract, and
 * no helper here breaks it. Every draw goes into the digest, by label, k and value: never by key, so that a run and its
 * explicit replay agree.
 *
 * A label is drawn from either by count or by identity: mixed, the two would share names.
 */
import seedrandom from 'seedrandom';
import { EngineBug } from '../../core/errors.ts';
import { avalanche, hashText } from './digest.ts';
import type { Choices, ChoicesSpec, Kernel, Override, Stream } from './types.ts';

const GOLDEN = 0x9e3779b9;

/** What the streams of one universe share. */
interface Source {
  /** `undefined`: explicit. */
  key: { readonly high: number; readonly low: number } | undefined;
  readonly kernel: Kernel;
  readonly recording: boolean;
  draws: number;
}

export class SimChoices implements Choices {
  readonly #streams = new Map<string, NamedStream>();
  #overrides: ReadonlyMap<string, ReadonlyMap<number, number>>;
  readonly #source: Source;

  constructor(spec: ChoicesSpec, kernel: Kernel, recording = false) {
    this.#source = { key: sourceKeyOf(spec), kernel, recording, draws: 0 };
    this.#overrides = overridesOf(spec);
  }

  /** From here on the draws are those of `spec`, counted anew; what was recorded is forgotten. */
  anew(spec: ChoicesSpec): void {
    this.#source.key = sourceKeyOf(spec);
    this.#overrides = overridesOf(spec);
    for (const [label, stream] of this.#streams) stream.anew(this.#overrides.get(label));
  }

  /** How many draws there were. */
  get draws(): number {
    return this.#source.draws;
  }

  /** The stream of a label: always the same one, so a label is counted once however often it is asked for. */
  stream(label: string): NamedStream {
    let stream = this.#streams.get(label);
    if (stream === undefined) {
      stream = new NamedStream(label, this.#source, this.#overrides.get(label));
      this.#streams.set(label, stream);
    }
    return stream;
  }

  /** Every draw so far that is not 0, label by label. Empty unless recording. */
  recorded(): readonly Override[] {
    return [...this.#streams.values()].flatMap((stream) => [...stream.recorded()]);
  }
}

export class NamedStream implements Stream {
  readonly #label: string;
  readonly #source: Source;
  #seeded: boolean;
  // Hashed at the first draw: in a calm world most streams never draw.
  #hashed = false;
  #hash = 0;
  #a = 0;
  #b = 0;
  #overrides: ReadonlyMap<number, number> | undefined;
  readonly #recorded: Map<number, number> | undefined;
  #count = 0;

  constructor(label: string, source: Source, overrides: ReadonlyMap<number, number> | undefined) {
    this.#label = label;
    this.#source = source;
    this.#seeded = source.key !== undefined;
    this.#overrides = overrides;
    this.#recorded = source.recording ? new Map() : undefined;
  }

  /** See `SimChoices.anew`. */
  anew(overrides: ReadonlyMap<number, number> | undefined): void {
    this.#seeded = this.#source.key !== undefined;
    this.#hashed = false;
    this.#overrides = overrides;
    this.#recorded?.clear();
    this.#count = 0;
  }

  below(n: number): number {
    return n === 1 ? 0 : this.#draw(this.#count++, n);
  }

  chance(per1000: number): boolean {
    return per1000 > 0 && this.#biased(this.#count++, per1000, 2) === 1;
  }

  at(id: number, n: number): number {
    return n === 1 ? 0 : this.#draw(id, n);
  }

  chanceAt(id: number, per1000: number): boolean {
    return per1000 > 0 && this.#biased(id, per1000, 2) === 1;
  }

  /** 0, except with probability `per1000` / 1000: then in [1, n), evenly. One draw; none if `per1000` is 0 or n is 1. */
  rarely(per1000: number, n: number): number {
    return per1000 > 0 && n > 1 ? this.#biased(this.#count++, per1000, n) : 0;
  }

  *recorded(): Generator<Override, void, void> {
    for (const [k, value] of this.#recorded ?? []) yield { label: this.#label, k, value };
  }

  #hashLabel(): void {
    this.#hashed = true;
    this.#hash = hashText(this.#label, 0x811c9dc5);
    const key = this.#source.key;
    if (key === undefined) return;
    this.#a = avalanche(key.low ^ this.#hash);
    this.#b = avalanche((key.high + hashText(this.#label, GOLDEN)) | 0);
  }

  #draw(k: number, n: number): number {
    if (!this.#hashed) this.#hashLabel();
    if (!(Number.isInteger(n) && n >= 1 && n <= 0x1_0000_0000)) {
      throw new EngineBug(`${this.#label}: cannot draw below ${n}`);
    }
    return this.#drawn(k, this.#seeded ? scaled(this.#mix(k), n) : this.#override(k, n));
  }

  #biased(k: number, per1000: number, n: number): number {
    if (!this.#hashed) this.#hashLabel();
    if (!this.#seeded) return this.#drawn(k, this.#override(k, n));
    const bits = this.#mix(k);
    const fires = scaled(bits, 1000) < per1000;
    return this.#drawn(k, fires ? 1 + scaled(avalanche(bits ^ GOLDEN), n - 1) : 0);
  }

  #override(k: number, n: number): number {
    const value = this.#overrides?.get(k) ?? 0;
    return Math.max(0, Math.min(Math.trunc(value), n - 1));
  }

  #mix(k: number): number {
    const high = Math.floor(k / 0x1_0000_0000);
    const x = avalanche((this.#a + Math.imul(k, GOLDEN)) | 0);
    return avalanche(x ^ this.#b ^ Math.imul(high, 0x85ebca6b));
  }

  #drawn(k: number, value: number): number {
    const source = this.#source;
    source.draws++;
    source.kernel.fold(this.#hash + Math.imul(k, GOLDEN) + Math.imul(value, 0xc2b2ae35));
    if (value !== 0) this.#recorded?.set(k, value);
    return value;
  }
}

/** 32 bits to [0, n): the high part of the product, exact enough for any n <= 2^32. */
function scaled(bits: number, n: number): number {
  return Math.floor(((bits >>> 0) * n) / 0x1_0000_0000);
}

function sourceKeyOf(spec: ChoicesSpec): Source['key'] {
  return 'seed' in spec ? keyOf(spec.seed) : undefined;
}

function overridesOf(spec: ChoicesSpec): ReadonlyMap<string, ReadonlyMap<number, number>> {
  return 'seed' in spec ? new Map() : byLabel(spec.explicit);
}

function keyOf(seed: string): { readonly high: number; readonly low: number } {
  const generator = seedrandom.tychei(seed);
  return { high: generator.int32(), low: generator.int32() };
}

function byLabel(overrides: readonly Override[]): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const labels = new Map<string, Map<number, number>>();
  for (const { label, k, value } of overrides) {
    const ofLabel = labels.get(label);
    if (ofLabel === undefined) labels.set(label, new Map([[k, value]]));
    else ofLabel.set(k, value);
  }
  return labels;
}
