/**
 * Cuts the bytes of a file into lines, as they come. A byte order mark is dropped, a line may end with LF or CRLF. Bytes
 * that are no UTF-8 make a bad line: with a mark for what cannot be read, different keys would become one.
 */
import type { Fault } from './found.ts';

export type LineListener = (line: string | Fault) => void;

/** Nobody writes such lines; a file without line ends would fill the memory. */
const LINE_BYTES_MAX = 16 * 1024 * 1024;
const LF = 10;

export class LineSplitter {
  readonly #listener: LineListener;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** Of a line whose end has not come. */
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  #isFirst = true;

  constructor(listener: LineListener) {
    this.#listener = listener;
  }

  push(chunk: Uint8Array): void {
    const last = chunk.lastIndexOf(LF);
    if (last < 0) {
      this.#keep(chunk);
      return;
    }
    const block = this.#withRest(chunk.subarray(0, last));
    this.#keep(chunk.subarray(last + 1));
    this.#lines(block);
  }

  /** The last line may have no end. */
  end(): void {
    if (this.#restBytes > 0) this.#lines(this.#withRest(new Uint8Array(0)));
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#restBytes += part.length;
    if (this.#restBytes > LINE_BYTES_MAX) throw new LineTooLong();
    // The bytes of a chunk may be written over by the next one.
    this.#rest.push(part.slice());
  }

  #withRest(block: Uint8Array): Uint8Array {
    if (this.#restBytes === 0) return block;
    const whole = new Uint8Array(this.#restBytes + block.length);
    let at = 0;
    for (const part of [...this.#rest, block]) {
      whole.set(part, at);
      at += part.length;
    }
    this.#rest = [];
    this.#restBytes = 0;
    return whole;
  }

  #lines(block: Uint8Array): void {
    const text = this.#decoded(block);
    if (text !== undefined) {
      for (const line of text.split('\n')) this.#line(line);
      return;
    }
    for (let from = 0; from <= block.length;) {
      const end = block.indexOf(LF, from);
      const bytes = block.subarray(from, end < 0 ? undefined : end);
      const line = this.#decoded(bytes);
      if (line !== undefined) this.#line(line);
      else {
        this.#isFirst = false;
        this.#listener({ message: notUtf8(bytes) });
      }
      if (end < 0) return;
      from = end + 1;
    }
  }

  #line(line: string): void {
    const text = this.#isFirst && line.startsWith('\uFEFF') ? line.slice(1) : line;
    this.#isFirst = false;
    this.#listener(text.endsWith('\r') ? text.slice(0, -1) : text);
  }

  #decoded(bytes: Uint8Array): string | undefined {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return undefined;
    }
  }
}

export class LineTooLong extends Error {
  override readonly name = 'LineTooLong';

  constructor() {
    super(`a line is longer than ${LINE_BYTES_MAX / 1024 / 1024} MiB: expected one event a line`);
  }
}

const REPLACED = '\uFFFD';

function notUtf8(bytes: Uint8Array): string {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const column = text.indexOf(REPLACED) + 1;
  return `not valid UTF-8 at character ${column}; \`iconv -f latin1 -t utf-8\` converts a Latin-1 file`;
}
