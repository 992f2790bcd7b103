/**
 * What waits at an operator that asks an external service, in order: elements, and the watermarks between them (SEMANTICS J3;
 * Flink: `StreamElementQueue`).
 *
 *     e1 e2 | e3 e4 | e5         `|`: a watermark
 *
 *     ordered     leaves from the front only, so that e2 waits for e1
 *     unordered   what is done leaves the first segment in the order in which it was done; the watermark behind it when the
 *                 segment is empty; so e3 waits for e1 and e2, and not for e4
 *
 * A watermark right behind another one takes its place: nothing lies between them.
 */
import type { AsyncMode } from '../../job/async-functions.ts';
import type { Timestamp } from '../../job/functions.ts';
import { assert } from '../../errors.ts';

/** How an element is done: by an answer of the service, or without one. */
export type Outcome = { readonly by: 'answer'; readonly value: unknown } | { readonly by: 'timeout' };

export interface Waiting {
  readonly element: number;
  readonly value: unknown;
  readonly timestamp: Timestamp | undefined;
  /** Undefined: it is not done. */
  outcome: Outcome | undefined;
}

/** What leaves the queue. */
export type Released =
  | { readonly kind: 'result'; readonly waiting: Waiting; readonly outcome: Outcome }
  | { readonly kind: 'watermark'; readonly timestamp: Timestamp };

interface Segment {
  /** In order of arrival, those that are done among them. */
  waiting: Waiting[];
  /** In the order in which they were done. */
  done: Waiting[];
  /** The watermark behind it; undefined of the last one. */
  watermark: Timestamp | undefined;
}

export class ResultQueue {
  readonly #mode: AsyncMode;
  /** One at least: the last one takes what comes. */
  #segments: Segment[] = [emptySegment()];
  #size = 0;

  constructor(mode: AsyncMode) {
    this.#mode = mode;
  }

  /** Elements and watermarks. */
  get size(): number {
    return this.#size;
  }

  /** The elements, in order. */
  get waiting(): readonly Waiting[] {
    return this.#segments.flatMap(({ waiting }) => waiting);
  }

  put(waiting: Waiting): void {
    this.#last.waiting.push(waiting);
    this.#size++;
  }

  watermark(timestamp: Timestamp): void {
    const before = this.#segments.at(-2);
    if (before !== undefined && this.#last.waiting.length === 0) {
      before.watermark = timestamp;
      return;
    }
    this.#last.watermark = timestamp;
    this.#segments.push(emptySegment());
    this.#size++;
  }

  done(waiting: Waiting, outcome: Outcome): void {
    waiting.outcome = outcome;
    this.#segments.find((segment) => segment.waiting.includes(waiting))?.done.push(waiting);
  }

  /** What may leave now: it is taken out. */
  release(): Released | undefined {
    const [first] = this.#segments;
    assert(first !== undefined, () => 'a queue without a segment');
    const next = this.#mode === 'ordered' ? first.waiting[0] : first.done[0];
    if (next?.outcome !== undefined) {
      first.waiting = first.waiting.filter((one) => one !== next);
      first.done = first.done.filter((one) => one !== next);
      this.#size--;
      return { kind: 'result', waiting: next, outcome: next.outcome };
    }
    if (first.waiting.length > 0 || first.watermark === undefined) return undefined;
    this.#segments.shift();
    this.#size--;
    return { kind: 'watermark', timestamp: first.watermark };
  }

  get #last(): Segment {
    const last = this.#segments.at(-1);
    assert(last !== undefined, () => 'a queue without a segment');
    return last;
  }
}

function emptySegment(): Segment {
  return { waiting: [], done: [], watermark: undefined };
}
