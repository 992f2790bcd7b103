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
import { cleanupTime, components, EARLIEST, elementIsLate, holds, maxTimestamp, merges, windowsOf } from './time.ts';

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

/** A window with the elements that are in it. */
interface Pane {
  readonly window: TimeWindow;
  readonly elements: readonly unknown[];
}

export function eventTimeOf(rules: EventTimeRules, history: readonly Observed[]): readonly Said[] {
  const said: Said[] = [];
  let watermark = EARLIEST;
  let live: readonly Pane[] = [];
  for (const seen of history) {
    if (seen.kind === 'watermark') {
      const before = watermark;
      watermark = Math.max(watermark, seen.watermark);
      const fires = (pane: Pane): boolean =>
        before < maxTimestamp(pane.window) && maxTimestamp(pane.window) <= watermark && pane.elements.length > 0;
      for (const { window, elements } of [...live].sort(byEnd).filter(fires))
        said.push({ kind: 'pane', step: seen.step, by: 'watermark', window, elements });
      live = live
        .map((pane) => (rules.purges && fires(pane) ? { ...pane, elements: [] } : pane))
        .filter(({ window }) => cleanupTime(window, rules.allowedLatenessMs) > watermark);
      continue;
    }
    const { step, value, timestamp } = seen;
    let taken = false;
    for (const own of windowsOf(rules.assigner, value, timestamp)) {
      const joined = withElement(rules, live, own, value);
      if (cleanupTime(joined.pane.window, rules.allowedLatenessMs) <= watermark) continue;
      taken = true;
      const { window, elements } = joined.pane;
      const fires = maxTimestamp(window) <= watermark;
      if (fires) said.push({ kind: 'pane', step, by: 'element', window, elements });
      live = [...joined.others, { window, elements: fires && rules.purges ? [] : elements }];
    }
    if (taken) continue;
    const kind = elementIsLate(timestamp, rules.allowedLatenessMs, watermark) ? 'late' : 'unassigned';
    said.push({ kind, step, value, timestamp });
  }
  return said;
}

/** The pane that an element comes to by one of its windows, with it, and those that are left alone. */
function withElement(
  { assigner }: EventTimeRules,
  live: readonly Pane[],
  own: TimeWindow,
  value: unknown,
): { readonly pane: Pane; readonly others: readonly Pane[] } {
  const window = merges(assigner)
    ? (components([own, ...live.map((pane) => pane.window)]).find((one) => holds(one, own)) ?? own)
    : own;
  const isIn = ({ window: one }: Pane): boolean =>
    merges(assigner) ? holds(window, one) : one.start === own.start && one.end === own.end;
  const before = live.filter(isIn).sort((a, b) => a.window.start - b.window.start);
  return {
    pane: { window, elements: [...before.flatMap(({ elements }) => elements), value] },
    others: live.filter((pane) => !isIn(pane)),
  };
}

/** As timers fire: by the end, then by the start. */
function byEnd(a: Pane, b: Pane): number {
  return a.window.end - b.window.end || a.window.start - b.window.start;
}
