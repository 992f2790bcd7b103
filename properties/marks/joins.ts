/** Marks of interval joins: the bounds, who comes second, who is late, when a buffer is cleaned. */
import type { ChannelId, Facts } from '../../core/facts.ts';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../../core/job/functions.ts';
import type { Mark } from './mark.ts';
import { namesBy } from './names.ts';

export const bothBoundsOfIntervalJoin: Mark = {
  name: 'both-bounds-of-interval-join',
  rarity: 10,
  needs: ['interval-join'],
  condition: 'In one run a pair lies at the lower bound of its join exactly, and one at the upper bound.',
  listen(_world, reached) {
    let lower = false;
    let upper = false;
    return {
      pairJoined: ({ leftTimestamp, rightTimestamp, lowerMs, upperMs }) => {
        if (lowerMs === upperMs) return;
        lower ||= rightTimestamp - leftTimestamp === lowerMs;
        upper ||= rightTimestamp - leftTimestamp === upperMs;
        if (lower && upper) reached();
      },
    };
  },
};

export const pairFoundFromEitherSide: Mark = {
  name: 'pair-found-from-either-side',
  rarity: 5,
  needs: ['interval-join'],
  condition: 'In one run the left element of a pair comes second, and the right one of another.',
  listen(_world, reached) {
    const seconds = new Set<string>();
    return {
      pairJoined: ({ by }) => {
        seconds.add(by);
        if (seconds.size === 2) reached();
      },
    };
  },
};

function lateAt(side: 'left' | 'right'): Mark {
  return {
    name: `late-${side}-of-join`,
    rarity: 10,
    needs: ['interval-join'],
    condition: `An element of the ${side} input of an interval join is late.`,
    listen: (_world, reached) => ({
      recordLate: (fact) => {
        if (fact.side === side) reached();
      },
    }),
  };
}
export const lateLeftOfJoin = lateAt('left');
export const lateRightOfJoin = lateAt('right');

export const elementAtWatermarkJoins: Mark = {
  name: 'element-at-watermark-joins',
  rarity: 20,
  needs: ['interval-join'],
  condition: 'An element whose time is that of the watermark exactly is not late: it meets a partner.',
  listen(_world, reached) {
    const watermarks = new Map<string, number>();
    const taskName = namesBy(nameOf);
    return {
      watermarkAdvanced: ({ task, watermark }) => void watermarks.set(taskName(task), watermark),
      pairJoined: ({ task, by, leftTimestamp, rightTimestamp }) => {
        const timestamp = by === 'left' ? leftTimestamp : rightTimestamp;
        if (timestamp === watermarks.get(taskName(task))) reached();
      },
    };
  },
};

export const bufferCleanedAtExactTime: Mark = {
  name: 'buffer-cleaned-at-exact-time',
  rarity: 10,
  needs: ['interval-join'],
  condition:
    'The watermark stops at the clean-up time of elements exactly, after their own time: they leave the buffer.',
  listen: (_world, reached) => ({
    bufferCleaned: ({ at, watermark, timestamp }) => {
      if (at === watermark && at !== timestamp) reached();
    },
  }),
};

interface Input {
  watermark: number;
  idle: boolean;
}

export const idleSideOfJoin: Mark = {
  name: 'idle-side-of-join',
  rarity: 20,
  needs: ['interval-join', 'idleness'],
  condition: 'A buffer is cleaned at a time that an idle input, which would hold the join back, has not reached.',
  listen(_world, reached) {
    /** Of each task, by channel. */
    const inputs = new Map<string, Map<string, Input>>();
    const taskName = namesBy(nameOf);
    const channelName = namesBy(({ edge, sender }: ChannelId) => `${edge}/${sender}`);
    const channelOf = ({ task, channel }: Pick<Facts['statusReceived'], 'task' | 'channel'>) => {
      let own = inputs.get(taskName(task));
      if (own === undefined) inputs.set(taskName(task), (own = new Map<string, Input>()));
      let known = own.get(channelName(channel));
      if (known === undefined) own.set(channelName(channel), (known = { watermark: MIN_TIMESTAMP, idle: false }));
      return known;
    };
    return {
      statusReceived: (fact) => {
        channelOf(fact).idle = fact.idle;
      },
      watermarkReceived: (fact) => {
        channelOf(fact).watermark = fact.watermark;
      },
      bufferCleaned: ({ task, at, watermark }) => {
        if (watermark === MAX_TIMESTAMP) return;
        const all = [...(inputs.get(taskName(task))?.values() ?? [])];
        if (all.some((channel) => channel.idle && channel.watermark < at)) reached();
      },
    };
  },
};

function nameOf({ vertex, subtask, attempt }: Facts['bufferCleaned']['task']): string {
  return `${vertex}/${subtask}/${attempt}`;
}
