/**
 * Marks of windows: boundaries of event time, merging, triggers, evictors. The boundaries are those at which `<` in the place of
 * `<=` shows.
 */
import type { Facts } from '../../core/facts.ts';
import { MAX_TIMESTAMP, type TimeWindow } from '../../core/job/functions.ts';
import { canonical } from '../model/equal.ts';
import type { Mark } from './mark.ts';
import { windowsOf, windowsWithoutEventTime } from './window-time.ts';

/** Of an operator, key and window. */
function paneName({ task, key, window }: Pick<Facts['paneFired'], 'task' | 'key' | 'window'>): string {
  return `${task.vertex}/${window.start}/${window.end}/${canonical(key)}`;
}
/** The last moment of a window; undefined: it has none. */
function lastOf({ end }: TimeWindow): number | undefined {
  return end === MAX_TIMESTAMP ? undefined : end - 1;
}

export const lateForOneWindowOnly: Mark = {
  name: 'late-for-one-window-only',
  rarity: 10,
  needs: ['overlapping'],
  condition: 'A record is late for one of its windows and on time for another.',
  listen(_world, reached) {
    let skipped = false;
    let taken = false;
    return {
      windowSkipped: () => {
        skipped = true;
        if (taken) reached();
      },
      windowAdded: () => {
        taken = true;
        if (skipped) reached();
      },
      turnEnded: () => {
        skipped = taken = false;
      },
    };
  },
};

export const sessionRescuesLateRecord: Mark = {
  name: 'session-rescues-late-record',
  rarity: 20,
  needs: ['merging'],
  condition: 'A record whose own window would be late falls into a session that is still open.',
  listen: (_world, reached) => ({
    windowAdded: ({ rescued }) => {
      if (rescued) reached();
    },
  }),
};

export const threeSessionsMerge: Mark = {
  name: 'three-sessions-merge',
  rarity: 5,
  needs: ['merging'],
  condition: 'A record joins two sessions of its key with its own: three become one.',
  listen: (_world, reached) => ({
    windowsMerged: ({ merged }) => {
      if (merged.length >= 2) reached();
    },
  }),
};

export const refiredAccumulated: Mark = {
  name: 'refired-accumulated',
  rarity: 10,
  needs: ['any-windows'],
  condition: 'A pane fires again with what it has fired with before.',
  listen(_world, reached) {
    const fired = new Set<string>();
    return {
      paneFired: (fact) => {
        const name = paneName(fact);
        if (fired.has(name)) reached();
        if (!fact.purges) fired.add(name);
      },
    };
  },
};

export const refiredPurged: Mark = {
  name: 'refired-purged',
  rarity: 20,
  needs: ['purging'],
  condition: 'A pane that was purged when it fired fires again, with what came since.',
  listen(_world, reached) {
    const purged = new Set<string>();
    return {
      paneFired: (fact) => {
        const name = paneName(fact);
        if (purged.has(name)) reached();
        if (fact.purges) purged.add(name);
      },
    };
  },
};

export const endOfInputFlushesWindows: Mark = {
  name: 'end-of-input-flushes-windows',
  rarity: 3,
  needs: ['any-windows'],
  condition: 'The end of the input makes an open window fire.',
  listen: (_world, reached) => ({
    paneFired: ({ by, watermark, window }) => {
      if (by === 'event' && watermark === MAX_TIMESTAMP && lastOf(window) !== undefined) reached();
    },
  }),
};

export const bothSidesOfLatenessBoundary: Mark = {
  name: 'both-sides-of-lateness-boundary',
  rarity: 10,
  needs: ['windows'],
  condition:
    'In one run a window takes a record a millisecond before its clean-up, and is closed to one at that very time.',
  listen(world, reached) {
    const without = windowsWithoutEventTime(world);
    let inTime = false;
    let late = false;
    return {
      windowAdded: ({ task, closesAt, watermark }) => {
        if (closesAt !== watermark + 1 || without(task)) return;
        inTime = true;
        if (late) reached();
      },
      windowSkipped: ({ task, closedAt, watermark }) => {
        if (closedAt !== watermark || without(task)) return;
        late = true;
        if (inTime) reached();
      },
    };
  },
};

export const watermarkAtWindowEnd: Mark = {
  name: 'watermark-at-window-end',
  rarity: 5,
  needs: ['windows'],
  condition: 'The watermark stops at the last moment of a window exactly, which fires.',
  listen(world, reached) {
    const without = windowsWithoutEventTime(world);
    return {
      paneFired: ({ task, by, watermark, window }) => {
        if (by === 'event' && watermark === lastOf(window) && !without(task)) reached();
      },
    };
  },
};

export const watermarkAtCleanUpTime: Mark = {
  name: 'watermark-at-clean-up-time',
  rarity: 10,
  needs: ['lateness'],
  condition: 'The watermark stops at the clean-up time of a window exactly, which is cleared.',
  listen(world, reached) {
    const without = windowsWithoutEventTime(world);
    return {
      windowCleared: ({ task, at, watermark, window }) => {
        if (at === watermark && at !== lastOf(window) && !without(task)) reached();
      },
    };
  },
};

export const earlyAndLateFiring: Mark = {
  name: 'early-and-late-firing',
  rarity: 10,
  needs: ['early'],
  condition: 'A pane fires before the watermark has reached its end, and again for a record that comes after it has.',
  listen(world, reached) {
    const without = windowsWithoutEventTime(world);
    const early = new Set<string>();
    return {
      paneFired: (fact) => {
        const last = lastOf(fact.window);
        if (last === undefined || without(fact.task)) return;
        const name = paneName(fact);
        if (fact.watermark < last) early.add(name);
        else if (fact.by === 'element' && early.has(name)) reached();
      },
    };
  },
};

export const countTriggerAfterMerge: Mark = {
  name: 'count-trigger-after-merge',
  rarity: 5,
  needs: ['counted-merging'],
  condition: 'Windows merge, and the record that joins them makes the count that is the sum of theirs full.',
  listen(world, reached) {
    const without = windowsWithoutEventTime(world);
    let merged: TimeWindow | undefined;
    return {
      windowsMerged: ({ into, merged: old }) => {
        merged = old.length > 0 ? into : undefined;
      },
      paneFired: ({ task, by, window, watermark }) => {
        // A window of event time that takes a late element fires at once, whatever the count.
        if (by !== 'element' || (watermark >= window.end - 1 && !without(task))) return;
        if (window.start !== merged?.start || window.end !== merged.end) return;
        const trigger = windowsOf(world, task)?.trigger;
        // A trigger of the author's may fire at any element.
        if ((trigger?.kind === 'purging' ? trigger.of : trigger)?.kind === 'count') reached();
      },
      turnEnded: () => {
        merged = undefined;
      },
    };
  },
};

export const evictorEmptiesPane: Mark = {
  name: 'evictor-empties-pane',
  rarity: 10,
  needs: ['evicting'],
  condition: 'An evictor takes all elements out of a pane that fires.',
  listen: (_world, reached) => ({
    elementsEvicted: ({ left }) => {
      if (left === 0) reached();
    },
  }),
};

export const windowStraddlesZero: Mark = {
  name: 'window-straddles-zero',
  rarity: 20,
  needs: ['windows-across-zero'],
  condition: 'A window that begins before 1970 and ends after it fires.',
  listen: (_world, reached) => ({
    paneFired: ({ window }) => {
      if (window.start < 0 && window.end > 0 && lastOf(window) !== undefined) reached();
    },
  }),
};

export const recordUnassigned: Mark = {
  name: 'record-unassigned',
  rarity: 10,
  needs: ['gaps'],
  condition: 'A record is in no window, and not late.',
  listen: (_world, reached) => ({
    recordUnassigned: () => {
      reached();
    },
  }),
};
