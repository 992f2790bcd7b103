/** Anyone's own events as columns: a million of them take 16 MB and a dictionary of keys, and go to a worker as they are. */

/** One event. `line` counts from 1, over all files of the input, and tells records apart in the output. */
export interface InputEvent {
  readonly key: string;
  readonly time: number;
  readonly line: number;
}

/** Plain data. Of event `i`: `keys[keyAt[i]]`, `times[i]`, `lines[i]`. */
export interface InputColumns {
  /** Every key once. */
  readonly keys: readonly string[];
  readonly keyAt: Uint32Array;
  /** Epoch milliseconds. */
  readonly times: Float64Array;
  readonly lines: Uint32Array;
  /** For each file of the input the index of its first event, in order. */
  readonly files: readonly number[];
}

export function eventCount({ times }: InputColumns): number {
  return times.length;
}

export function eventAt({ keys, keyAt, times, lines }: InputColumns, i: number): InputEvent {
  return { key: keys[keyAt[i] ?? 0] ?? '', time: times[i] ?? 0, line: lines[i] ?? 0 };
}

/** The events at these indices, or all of them. */
export function eventsOf(columns: InputColumns, indices?: readonly number[]): readonly InputEvent[] {
  if (indices !== undefined) return indices.map((i) => eventAt(columns, i));
  return Array.from({ length: eventCount(columns) }, (_, i) => eventAt(columns, i));
}

/** The columns of these events, in one file. */
export function columnsOf(events: Iterable<InputEvent>): InputColumns {
  const builder = new ColumnsBuilder();
  builder.beginFile();
  for (const { key, time, line } of events) builder.add(key, time, line);
  return builder.build();
}

/** Takes events one by one, file by file. */
export class ColumnsBuilder {
  readonly #keys = new Map<string, number>();
  readonly #files: number[] = [];
  #keyAt = new Uint32Array(1024);
  #times = new Float64Array(1024);
  #lines = new Uint32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  beginFile(): void {
    this.#files.push(this.#length);
  }

  add(key: string, time: number, line: number): void {
    if (this.#length === this.#times.length) this.#grow();
    this.#keyAt[this.#length] = this.#keyNumber(key);
    this.#times[this.#length] = time;
    this.#lines[this.#length] = line;
    this.#length += 1;
  }

  build(): InputColumns {
    return {
      keys: [...this.#keys.keys()],
      keyAt: this.#keyAt.slice(0, this.#length),
      times: this.#times.slice(0, this.#length),
      lines: this.#lines.slice(0, this.#length),
      files: this.#files,
    };
  }

  #keyNumber(key: string): number {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    const number = this.#keys.size;
    // A copy: a part of a line would keep the whole block of the file that it was cut from.
    this.#keys.set(` ${key}`.slice(1), number);
    return number;
  }

  #grow(): void {
    const to = this.#times.length * 2;
    const times = new Float64Array(to);
    times.set(this.#times);
    this.#times = times;
    this.#keyAt = grown(this.#keyAt, to);
    this.#lines = grown(this.#lines, to);
  }
}

function grown(from: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(length);
  to.set(from);
  return to;
}
