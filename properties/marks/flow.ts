/**
 * Marks of the data plane and of event time, which need no failure: back-pressure, alignment, lateness, aborts.
 */
import { MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { AbortReason, TaskId } from '../../core/facts.ts';
import { canonical } from '../model/equal.ts';
import type { Mark } from './mark.ts';
import { windowsWithoutEventTime } from './window-time.ts';

export const recordLate: Mark = {
  name: 'record-late',
  rarity: 6,
  needs: ['windows'],
  condition: 'A window operator meets a record that is late.',
  listen: (_world, reached) => ({
    recordLate: () => {
      reached();
    },
  }),
};

export const paneRefiredWithinLateness: Mark = {
  name: 'pane-refired-within-lateness',
  rarity: 30,
  needs: ['lateness'],
  condition: 'A window that has fired takes a record within its allowed lateness and fires again.',
  listen(world, reached) {
    const without = windowsWithoutEventTime(world);
    const fired = new Set<string>();
    let passed = false;
    return {
      windowAdded: ({ task, window, watermark }) => {
        passed = watermark >= window.end - 1 && !without(task);
      },
      turnEnded: () => {
        passed = false;
      },
      paneFired: ({ task, key, window }) => {
        const name = `${task.vertex}/${window.start}/${window.end}/${canonical(key)}`;
        if (passed && fired.has(name)) reached();
        fired.add(name);
      },
    };
  },
};

export const floorAboveWatermark: Mark = {
  name: 'floor-above-watermark',
  rarity: 10,
  needs: ['windows'],
  condition:
    'A record is judged by the restored floor of its key group, because the task’s own watermark is still below it.',
  listen(world, reached) {
    const without = windowsWithoutEventTime(world);
    const watermarks = new Map<TaskId, Timestamp>();
    const judged = ({ task, watermark }: { readonly task: TaskId; readonly watermark: Timestamp }): void => {
      if (watermark > (watermarks.get(task) ?? MIN_TIMESTAMP) && !without(task)) reached();
    };
    return {
      attemptStarting: () => {
        watermarks.clear();
      },
      watermarkAdvanced: ({ task, watermark }) => {
        watermarks.set(task, watermark);
      },
      windowAdded: judged,
      recordLate: judged,
    };
  },
};

export const backpressured: Mark = {
  name: 'backpressured',
  rarity: 5,
  needs: ['exchange'],
  condition: 'A task stops because an output has no room.',
  listen: (_world, reached) => ({
    outputBlocked: () => {
      reached();
    },
  }),
};

export const unequalChannels: Mark = {
  name: 'unequal-channels',
  rarity: 5,
  needs: ['exchange'],
  condition: 'A task processes a record of one channel while another is blocked at its barrier.',
  listen(_world, reached) {
    const blocked = new Map<TaskId, number>();
    return {
      channelBlocked: ({ task }) => {
        blocked.set(task, (blocked.get(task) ?? 0) + 1);
      },
      channelUnblocked: ({ task }) => {
        const left = (blocked.get(task) ?? 1) - 1;
        if (left > 0) blocked.set(task, left);
        else blocked.delete(task);
      },
      recordProcessed: ({ task }) => {
        if (blocked.size > 0 && blocked.has(task)) reached();
      },
    };
  },
};

function aborted(reason: AbortReason, rarity: number, needs: Mark['needs'] = []): Mark {
  return {
    name: `checkpoint-${reason}`,
    rarity,
    needs,
    condition: `A checkpoint is aborted because it was ${reason}.`,
    listen: (_world, reached) => ({
      checkpointAborted: (fact) => {
        if (fact.reason === reason) reached();
      },
    }),
  };
}
/** Without an exchange a barrier has nothing to wait behind: then only a stalled store makes a checkpoint expire, which is far rarer. */
export const checkpointExpired = aborted('expired', 20, ['exchange']);
export const checkpointDeclined = aborted('declined', 50);
