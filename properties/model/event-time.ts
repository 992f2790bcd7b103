/**
 * Event time as a declaration: what follows from the history of a key, its elements in the order in which it saw them and the
 * watermarks that it observed. There is no state, no timer and no trigger here: a pane is a set of elements, and whether it fires
 * is a comparison of two watermarks (SEMANTICS L1 to L8, L10, the default trigger, with or without purging).
 *
 *     element i is in window w        iff  the assigner says so, and the watermark before it was < cleanup(w)
 *     ... of windows that merge       w is the component of all live windows that its own one touches
 *     w is live                       iff  an element is in it, and cleanup(w) > watermark
 *     w fires                         when the watermark comes from below its last moment to or past it;
 *                                     and at each element that comes to it after that
 *     with the elements               that are in it by then; if it purges, those since it fired last
 *     element i is late               iff  it is in no window, and timestamp + lateness <= watermark
 *
 * Left out: other triggers, evictors, processing time (`window.ts` has them, and is compared with this).
 */
import type { TimeWindow, Timestamp } from '../../core/job/functions.ts';
import type { AssignerSpec } from '../../core/job/spec.ts';
import {
  cleanupTime,
  components,
  EARLIEST,
  elementIsLate,
  holds,
  isSameWindow,
  maxTimestamp,
  merges,
  windowsOf,
} from './time.ts';

export interface EventTimeRules {
  readonly assigner: AssignerSpec;
  readonly allowedLatenessMs: number;
  /** A pane that fires loses its elements. */
  readonly purges: boolean;
}

/** `step`: names the moment in what is said of it. */
export type Observed =
  | { readonly kind: 'element'; readonly step: number; readonly value: unknown; readonly timestamp: Timestamp }
  | { readonly kind: 'watermark'; readonly step: number; readonly watermark: Timestamp };

/** In the order in which it has to happen. */
export type Said =
  | {
      readonly kind: 'pane';
      readonly step: number;
      readonly by: 'element' | 'watermark';
      readonly window: TimeWindow;
      /** Values, in order of arrival; of merged windows in order of their starts. */
      readonly elements: readonly unknown[];
    }
  | {
      readonly kind: 'late' | 'unassigned';
      readonly step: number;
      readonly value: unknown;
      readonly timestamp: Timestamp;
    };

/** A live window with the elements that are in it. */
interface Pane {
  readonly window: TimeWindow;
  readonly elements: unknown[];
}

export function eventTimeOf(rules: EventTimeRules, history: readonly Observed[]): readonly Said[] {
  const { assigner, allowedLatenessMs, purges } = rules;
  const said: Said[] = [];
  const panes = new Panes(merges(assigner));
  let watermark = EARLIEST;
  for (const seen of history) {
    const { step } = seen;
    if (seen.kind === 'watermark') {
      if (seen.watermark <= watermark) continue;
      for (const { window, elements } of panes.between(watermark, seen.watermark)) {
        said.push({ kind: 'pane', step, by: 'watermark', window, elements: [...elements] });
        if (purges) elements.length = 0;
      }
      watermark = seen.watermark;
      panes.end(watermark, allowedLatenessMs);
      continue;
    }
    const { value, timestamp } = seen;
    let taken = false;
    for (const own of windowsOf(assigner, value, timestamp)) {
      const window = panes.windowWith(own);
      if (cleanupTime(window, allowedLatenessMs) <= watermark) continue;
      taken = true;
      const elements = panes.elementsIn(window);
      elements.push(value);
      if (maxTimestamp(window) > watermark) continue;
      said.push({ kind: 'pane', step, by: 'element', window, elements: [...elements] });
      if (purges) elements.length = 0;
    }
    if (taken) continue;
    const kind = elementIsLate(timestamp, allowedLatenessMs, watermark) ? 'late' : 'unassigned';
    said.push({ kind, step, value, timestamp });
  }
  return said;
}

/** The live windows. Most steps change none of them, so they are kept in place, and what a pane says is a copy of its elements. */
class Panes {
  readonly #merges: boolean;
  #live: Pane[] = [];

  constructor(merging: boolean) {
    this.#merges = merging;
  }

  /** Those with elements that fire when the watermark rises from `before` to `after`, in order. */
  between(before: Timestamp, after: Timestamp): readonly Pane[] {
    const firing: Pane[] = [];
    for (const pane of this.#live) {
      const last = maxTimestamp(pane.window);
      if (before < last && last <= after && pane.elements.length > 0) firing.push(pane);
    }
    return firing.length < 2 ? firing : firing.sort(byEnd);
  }

  /** What the watermark has passed is no longer live. */
  end(watermark: Timestamp, allowedLatenessMs: number): void {
    const isOver = ({ window }: Pane): boolean => cleanupTime(window, allowedLatenessMs) <= watermark;
    if (this.#live.some(isOver)) this.#live = this.#live.filter((pane) => !isOver(pane));
  }

  /** The one that an element's own window becomes. */
  windowWith(own: TimeWindow): TimeWindow {
    if (!this.#merges) return own;
    const windows = [own, ...this.#live.map((pane) => pane.window)];
    return components(windows).find((one) => holds(one, own)) ?? own;
  }

  /** What it holds, of windows that become one in order of their starts. From here on it is live. */
  elementsIn(window: TimeWindow): unknown[] {
    for (const pane of this.#live) if (isSameWindow(pane.window, window)) return pane.elements;
    const elements: unknown[] = [];
    if (this.#merges) {
      const within = this.#live.filter((pane) => holds(window, pane.window));
      for (const pane of within.sort((a, b) => a.window.start - b.window.start)) elements.push(...pane.elements);
      this.#live = this.#live.filter((pane) => !within.includes(pane));
    }
    this.#live.push({ window, elements });
    return elements;
  }
}

/** As timers fire: by the end, then by the start. */
function byEnd(a: Pane, b: Pane): number {
  return a.window.end - b.window.end || a.window.start - b.window.start;
}
