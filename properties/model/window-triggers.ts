/**
 * What each trigger says of a pane, and what it remembers (SEMANTICS L4 to L6, L11, L13). Of our own triggers each is a table of four
 * answers; one of the author's runs as it is (`window-users.ts`).
 */
import type { TimeWindow, Timestamp } from '../../core/job/functions.ts';
import type { TriggerSpec } from '../../core/job/spec.ts';
import type { TypeInfo } from '../../core/job/types.ts';
import type { TriggerResult } from '../../core/job/window-functions.ts';
import { plus } from './time.ts';

/** A pane as a trigger sees it: what it remembers is of this key and window. */
export interface PaneMemory {
  readonly window: TimeWindow;
  /** The last moment of the window. */
  readonly last: Timestamp;
  readonly eff: Timestamp;
  /** The wall clock. */
  now(): Timestamp;
  read(name: string): unknown;
  /** Undefined: forget it. */
  write(name: string, value: unknown): void;
  /** What it remembers there is of this type, in this version of the job. What is not said to be is of one type in all of them. */
  holds(name: string, type: TypeInfo): void;
  register(domain: 'event' | 'processing', timestamp: Timestamp): void;
  cancel(domain: 'event' | 'processing', timestamp: Timestamp): void;
}

export interface TriggerModel {
  element(pane: PaneMemory, value: unknown, timestamp: Timestamp | undefined): TriggerResult;
  timer(pane: PaneMemory, domain: 'event' | 'processing', timestamp: Timestamp): TriggerResult;
  /** `old`: the windows that have become this one, by start. They are cleared afterwards. */
  merge(pane: PaneMemory, old: readonly PaneMemory[]): void;
  clear(pane: PaneMemory): void;
}

const SILENT: TriggerModel = {
  element: () => 'continue',
  timer: () => 'continue',
  merge: () => undefined,
  clear: () => undefined,
};

/** `own`: what runs a trigger of the author's. */
export function triggerOf(spec: TriggerSpec, own: (spec: OwnTrigger) => TriggerModel): TriggerModel {
  switch (spec.kind) {
    case 'eventTime':
      return AT_THE_WATERMARK;
    case 'processingTime':
      return BY_THE_CLOCK;
    case 'never':
      return SILENT;
    case 'count':
      return counting(spec.count);
    case 'delta':
      return moving(spec);
    case 'continuous':
      return repeating(spec.domain, spec.everyMs);
    case 'earlyAndLate':
      return earlyAndLate(spec.everyMs);
    case 'purging': {
      const of = triggerOf(spec.of, own);
      const purge = (said: TriggerResult): TriggerResult => (said === 'fire' ? 'fireAndPurge' : said);
      return {
        ...of,
        element: (...args) => purge(of.element(...args)),
        timer: (...args) => purge(of.timer(...args)),
      };
    }
    case 'custom':
      return own(spec);
  }
}
export type OwnTrigger = Extract<TriggerSpec, { readonly kind: 'custom' }>;

const AT_THE_WATERMARK: TriggerModel = {
  element(pane) {
    if (pane.eff >= pane.last) return 'fire';
    pane.register('event', pane.last);
    return 'continue';
  },
  timer: (pane, domain, timestamp) => (domain === 'event' && timestamp === pane.last ? 'fire' : 'continue'),
  merge(pane) {
    if (pane.eff < pane.last) pane.register('event', pane.last);
  },
  clear: (pane) => pane.cancel('event', pane.last),
};

const BY_THE_CLOCK: TriggerModel = {
  element(pane) {
    pane.register('processing', pane.last);
    return 'continue';
  },
  timer: (pane, domain, timestamp) => (domain === 'processing' && timestamp === pane.last ? 'fire' : 'continue'),
  merge: (pane) => pane.register('processing', pane.last),
  clear: (pane) => pane.cancel('processing', pane.last),
};

function counting(enough: number): TriggerModel {
  const seen = (pane: PaneMemory): number => Number(pane.read('count') ?? 0);
  return {
    ...SILENT,
    element(pane) {
      const isEnough = seen(pane) + 1 >= enough;
      pane.write('count', isEnough ? undefined : seen(pane) + 1);
      return isEnough ? 'fire' : 'continue';
    },
    merge(pane, old) {
      const all = old.reduce((sum, one) => sum + seen(one), 0);
      for (const one of old) one.write('count', undefined);
      pane.write('count', all === 0 ? undefined : all);
    },
    clear: (pane) => pane.write('count', undefined),
  };
}

function moving(spec: Extract<TriggerSpec, { readonly kind: 'delta' }>): TriggerModel {
  return {
    ...SILENT,
    element(pane, value) {
      const { delta, type } = spec;
      pane.holds('last', type);
      const from = pane.read('last');
      const isFar = from !== undefined && delta(from, value) > spec.threshold;
      if (from === undefined || isFar) pane.write('last', value);
      return isFar ? 'fire' : 'continue';
    },
    clear(pane) {
      pane.holds('last', spec.type);
      pane.write('last', undefined);
    },
  };
}

/** The least of what these remember, which they forget. */
function leastOf(old: readonly PaneMemory[], name: string): Timestamp | undefined {
  const times = old.map((one) => one.read(name)).filter((time) => typeof time === 'number');
  for (const one of old) one.write(name, undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

function repeating(domain: 'event' | 'processing', everyMs: number): TriggerModel {
  const NEXT = 'fire-time';
  const plan = (pane: PaneMemory, from: Timestamp): void => {
    const next = Math.min(plus(from, everyMs), pane.last);
    pane.write(NEXT, next);
    pane.register(domain, next);
  };
  return {
    element(pane, _value, timestamp) {
      if (domain === 'event') {
        if (pane.eff >= pane.last) return 'fire';
        pane.register('event', pane.last);
      }
      const at = domain === 'event' ? timestamp : pane.now(); // the clock is asked at every element
      if (at !== undefined && pane.read(NEXT) === undefined) plan(pane, at - (at % everyMs));
      return 'continue';
    },
    timer(pane, of, timestamp) {
      if (of !== domain) return 'continue';
      if (domain === 'event' && timestamp === pane.last) return 'fire';
      if (pane.read(NEXT) !== timestamp) return 'continue';
      if (timestamp < pane.last) plan(pane, timestamp);
      else pane.write(NEXT, undefined);
      return 'fire';
    },
    merge(pane, old) {
      const next = leastOf(old, NEXT);
      if (next === undefined) return;
      pane.write(NEXT, next);
      pane.register(domain, next);
    },
    clear(pane) {
      const next = pane.read(NEXT);
      if (typeof next === 'number') pane.cancel(domain, next);
      pane.write(NEXT, undefined);
    },
  };
}

function earlyAndLate(everyMs: number): TriggerModel {
  const NEXT = 'early';
  const plan = (pane: PaneMemory, from: Timestamp): void => {
    pane.write(NEXT, plus(from, everyMs));
    pane.register('processing', plus(from, everyMs));
  };
  const stop = (pane: PaneMemory): void => {
    const next = pane.read(NEXT);
    if (typeof next === 'number') pane.cancel('processing', next);
    pane.write(NEXT, undefined);
  };
  return {
    element(pane) {
      if (pane.eff >= pane.last) return 'fire';
      pane.register('event', pane.last);
      if (pane.read(NEXT) === undefined) plan(pane, pane.now());
      return 'continue';
    },
    timer(pane, domain, timestamp) {
      if (domain === 'event') {
        if (timestamp !== pane.last) return 'continue';
        stop(pane);
        return 'fire';
      }
      if (pane.read(NEXT) !== timestamp) return 'continue';
      plan(pane, timestamp);
      return 'fire';
    },
    merge(pane, old) {
      const next = leastOf(old, NEXT);
      if (pane.eff >= pane.last) return;
      pane.register('event', pane.last);
      if (next === undefined) return;
      pane.write(NEXT, next);
      pane.register('processing', next);
    },
    clear(pane) {
      pane.cancel('event', pane.last);
      stop(pane);
    },
  };
}
