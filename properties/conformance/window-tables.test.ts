/**
 * Windows computed by hand. Each row says where its number comes from: a rule of core/SEMANTICS.md, and the sum. The engine and the
 * model are both asked. How a story is told: `testing/window-script.ts`.
 */
import { describe, expect, it } from 'vitest';
import {
  continuousEventTimeTrigger,
  continuousProcessingTimeTrigger,
  countEvictor,
  countTrigger,
  deltaEvictor,
  deltaTrigger,
  earlyAndLateTrigger,
  eventTimeTrigger,
  globalWindows,
  int64,
  MAX_TIMESTAMP,
  neverTrigger,
  purgingTrigger,
  sessionEventTime,
  sessionProcessingTime,
  slidingEventTime,
  slidingProcessingTime,
  timeEvictor,
  tumblingEventTime,
  tumblingProcessingTime,
  windowAssigner,
} from '../../core/api/index.ts';
import { assignerOf } from '../../core/operators/windows/assign.ts';
import { UserCalls } from '../../core/operators/user-calls.ts';
import { json } from '../../core/job/types.ts';
import { UserCode } from '../../core/user-code.ts';
import { windowsOf } from '../model/time.ts';
import { type SpecParts, told } from './testing/window-script.ts';

const calls = new UserCalls({ uid: 'window', outType: json, sideOutputs: [] }, new UserCode());
const show = (windows: readonly { readonly start: number; readonly end: number }[]): string =>
  windows.map(({ start, end }) => `[${start},${end})`).join(' ');

type AssignerRow = readonly [assigner: SpecParts['assigner'], time: number, windows: string, why: string];

describe('assigners', () => {
  const tumbling = tumblingEventTime(10);
  const shifted = tumblingEventTime(10, 3);
  const sliding = slidingEventTime(10, 5);
  const uneven = slidingEventTime(15, 10);
  const gaps = slidingEventTime(4, 10);
  const session = sessionEventTime(10);
  it.each<AssignerRow>([
    [tumbling, 0, '[0,10)', 'L1: 0 mod 10 = 0'],
    [tumbling, 9, '[0,10)', 'L1: 9 - 9; the last moment is end - 1'],
    [tumbling, 10, '[10,20)', 'L1: end is exclusive'],
    [tumbling, -1, '[-10,0)', 'L1: -1 mod 10 = -1 < 0, so -1 - (-1 + 10) = -10'],
    [tumbling, -10, '[-10,0)', 'L1: -10 mod 10 = 0'],
    [tumbling, -11, '[-20,-10)', 'L1: -11 mod 10 = -1, so -11 - 9'],
    [shifted, 2, '[-7,3)', 'L1: (2 - 3) mod 10 = -1, so 2 - 9: straddles 0'],
    [shifted, 3, '[3,13)', 'L1: (3 - 3) mod 10 = 0'],
    [shifted, -7, '[-7,3)', 'L1: -10 mod 10 = 0'],
    [tumblingEventTime(10, -4), 5, '[-4,6)', 'L1: (5 + 4) mod 10 = 9, so 5 - 9: straddles 0'],
    [tumblingEventTime(1), -3, '[-3,-2)', 'L1: size 1 holds one moment'],
    [sliding, 7, '[5,15) [0,10)', 'L10: latest start 5, then 5 - 5 = 0; -5 > 7 - 10 is false'],
    [sliding, 5, '[5,15) [0,10)', 'L10: -5 > 5 - 10 is false: a window that ends at 5 does not hold it'],
    [sliding, 4, '[0,10) [-5,5)', 'L10: -5 > 4 - 10'],
    [sliding, 0, '[0,10) [-5,5)', 'L10: the second straddles 0'],
    [sliding, -1, '[-5,5) [-10,0)', 'L1 for the slide: -1 mod 5 = -1, so -1 - 4 = -5'],
    [sliding, -5, '[-5,5) [-10,0)', 'L1 for the slide: -5 mod 5 = 0'],
    [uneven, 4, '[0,15) [-10,5)', 'L10: -10 > 4 - 15'],
    [uneven, 5, '[0,15)', 'L10: -10 > 5 - 15 is false: 5 is in one window only'],
    [slidingEventTime(10, 10), 13, '[10,20)', 'L10: a slide of the size tumbles'],
    [slidingEventTime(10, 5, 2), 6, '[2,12) [-3,7)', 'L10: (6 - 2) mod 5 = 4, so 6 - 4 = 2, then -3'],
    [gaps, 3, '[0,4)', 'L10: 0 > 3 - 4'],
    [gaps, 4, '', 'L10: latest start 0, and 0 > 4 - 4 is false: in no window'],
    [gaps, 9, '', 'L10: 0 > 9 - 4 is false'],
    [gaps, -7, '[-10,-6)', 'L1 for the slide: -7 mod 10 = -7, so -7 - 3 = -10; -10 > -11'],
    [session, 3, '[3,13)', 'L6: [ts, ts + gap)'],
    [session, -5, '[-5,5)', 'L6: straddles 0'],
    [sessionEventTime((value: number) => value), 7, '[7,14)', 'L6: the gap is of the element, here its value 7'],
    [globalWindows(), 7, `[-${MAX_TIMESTAMP},${MAX_TIMESTAMP})`, 'L13: one window for all of time'],
  ])('%j at %i: %s (%s)', (assigner, time, windows) => {
    expect(show(assignerOf(assigner, calls)(time, time))).toBe(windows);
    expect(show(windowsOf(assigner, time, time))).toBe(windows);
  });
});

type Row = readonly [script: string, says: string, why: string];

function table(name: string, parts: SpecParts, rows: readonly Row[]): void {
  describe(name, () => {
    it.each(rows)('%s -> %s (%s)', (script, says) => {
      expect(told(parts, script)).toEqual({ engine: says, model: says });
    });
  });
}

table('tumbling, size 10, lateness 0', { assigner: tumblingEventTime(10) }, [
  ['e3 e9 w8', '', 'L1: maxTimestamp is 9, above 8'],
  ['e3 e9 w9', '[0,10) 3 9', 'L5: the watermark reaches maxTimestamp 9'],
  ['w8 e9 w9', '[0,10) 9', 'L3: clean-up 9 <= 8 is false'],
  ['w9 e9', 'late 9', 'L3: clean-up 9 <= 9, and 9 + 0 <= 9'],
  ['w9 e10 w19', '[10,20) 10', 'L3: another window'],
  ['w12 e11 w19', '[10,20) 11', 'L3: behind the watermark, and its window is open'],
  ['w-1 e-1', 'late -1', 'L3: [-10, 0) has maxTimestamp -1'],
  ['w-2 e-1 w-1', '[-10,0) -1', 'L3: -1 <= -2 is false'],
  ['e3 w* left?', '[0,10) 3; left', 'L14: MAX closes; L5: nothing is left'],
]);

table('tumbling, size 10, lateness 5', { assigner: tumblingEventTime(10), allowedLatenessMs: 5 }, [
  ['e3 w9 e4', '[0,10) 3; [0,10) 3 4', 'L5: fires again at once, with all it holds'],
  ['e3 w13 e4', '[0,10) 3; [0,10) 3 4', 'L3: clean-up 9 + 5 = 14 <= 13 is false'],
  ['e3 w14 e4', '[0,10) 3; late 4', 'L3: 14 <= 14; and 4 + 5 <= 14'],
  ['w13 e9', '[0,10) 9', 'L3: the first element of a window that is past its end fires alone'],
  ['w14 e9', 'late 9', 'L3: 14 <= 14; and 9 + 5 <= 14'],
  ['w9 e3 e4', '[0,10) 3; [0,10) 3 4', 'L5: a firing for each'],
  ['e3 w9 left?', '[0,10) 3; left timers window-contents', 'L5: contents and the clean-up timer stay until 14'],
  ['e3 w14 left?', '[0,10) 3; left', 'L5: cleared at 14'],
  ['e3 w9 w* left?', '[0,10) 3; left', 'L14: fired before, so MAX only clears'],
]);

table(
  'tumbling, purging, lateness 5',
  { assigner: tumblingEventTime(10), allowedLatenessMs: 5, trigger: purgingTrigger(eventTimeTrigger()) },
  [
    ['e3 w9 e4', '[0,10) 3; [0,10) 4', 'L11: what has fired is gone'],
    ['e3 w9 left?', '[0,10) 3; left timers', 'L4: the clean-up timer stays, contents do not'],
    ['e3 w9 w14 left?', '[0,10) 3; left', 'L5: the clean-up of an empty pane fires nothing'],
  ],
);

table('sliding, size 10, slide 5, lateness 0', { assigner: slidingEventTime(10, 5) }, [
  ['e7 w9 w14', '[0,10) 7; [5,15) 7', 'L10: in both, each at its end'],
  ['w9 e7 w14', '[5,15) 7', 'L3: late for [0, 10), on time for [5, 15): not late'],
  ['w13 e7 w14', '[5,15) 7', 'L3: 14 <= 13 is false'],
  ['w14 e7', 'late 7', 'L3: both windows late, and 7 <= 14'],
  ['e-3 w-1 w4', '[-10,0) -3; [-5,5) -3', 'L1: below 0, and across it'],
  ['e7 w20', '[0,10) 7; [5,15) 7', 'T1: in order of time'],
]);

table('sliding, size 4, slide 10', { assigner: slidingEventTime(4, 10) }, [
  ['e5', 'unassigned 5', 'L10: in no window, 5 <= MIN is false'],
  ['w5 e5', 'late 5', 'L10: in no window, and 5 <= 5'],
  ['w4 e5', 'unassigned 5', 'L10: 5 <= 4 is false'],
  ['e3 w3', '[0,4) 3', 'L1: maxTimestamp 3'],
]);

table('sessions, gap 10, lateness 0', { assigner: sessionEventTime(10) }, [
  ['e0 e5 w14', '[0,15) 0 5', 'L6: [0, 10) and [5, 15)'],
  ['e0 e10 w19', '[0,20) 0 10', 'L6: 10 >= 10: exactly a gap apart merges'],
  ['e0 e11 w20', '[0,10) 0; [11,21) 11', 'L6: 11 > 10: apart'],
  ['e10 e0 w19', '[0,20) 10 0', 'L6: in any order of arrival; the elements as they came'],
  ['e0 e15 e8 w24', '[0,25) 0 15 8', 'L6: 8 is in [8, 18), which touches both: three become one, in order of start'],
  ['e15 e0 e8 w24', '[0,25) 0 15 8', 'L6: contents in order of start, whichever came first'],
  ['e0 e3 w9', '', 'L9: the old timer at 9 is of a window that is no more; the end is 13 - 1'],
  ['e0 e3 w12', '[0,13) 0 3', 'L9: maxTimestamp 12'],
  ['e0 w9 e10 w19', '[0,10) 0; [10,20) 10', 'L8: cleaned up at 9, so 10 does not revive it'],
  ['e0 w8 e10 w19', '[0,20) 0 10', 'L8: still live at 8'],
  [
    'e0 e9 w9 e-1 w18',
    '[-1,19) 0 9 -1',
    'L6: [-1, 9) has clean-up 8 <= 9, late alone, but it touches [0, 19), which is live; L9: contents, then the element',
  ],
  ['w9 e-1', 'late -1', 'L3: nothing to join: clean-up 8 <= 9'],
  ['e-15 e-5 w4', '[-15,5) -15 -5', 'L6: -5 <= -5; across 0, last moment 4'],
  ['e0 w* left?', '[0,10) 0; left', 'L14, L5: nothing is left, the merging set neither'],
]);

table('sessions, gap 10, lateness 5', { assigner: sessionEventTime(10), allowedLatenessMs: 5 }, [
  [
    'e0 w12 e3 w13',
    '[0,10) 0; [0,13) 0 3',
    'L9: the merged one has maxTimestamp 12 <= 12: fires at once, and sets no timer',
  ],
  ['e0 w9 e3 w12', '[0,10) 0; [0,13) 0 3', 'L6: merged, and 12 > 9, so it waits for its new end'],
  ['e0 w12 e1', '[0,10) 0; [0,11) 0 1', 'L6: merged, and 10 <= 12, so it fires at once'],
  ['e0 w13 e10 w19', '[0,10) 0; [0,20) 0 10', 'L8: clean-up is 14, so at 13 it is still live'],
  ['e0 w14 e10 w19', '[0,10) 0; [10,20) 10', 'L8: cleaned up at 14'],
  [
    'e20 w25 e8 w29',
    'late 8; [20,30) 20',
    'L3: [8, 18) has clean-up 22 <= 25, and does not touch [20, 30); 8 + 5 <= 25',
  ],
]);

table('sessions, gap 10, count of 3', { assigner: sessionEventTime(10), trigger: countTrigger(3) }, [
  ['e0 e5', '', 'L11: 2 < 3'],
  ['e0 e5 e8', '[0,18) 0 5 8', 'L11: the third'],
  ['e0 e20 e10', '[0,30) 0 20 10', 'J4: counts 1 and 1 add up, and the element makes 3; [10, 20) touches both'],
  ['e0 e5 e8 e9 w*', '[0,18) 0 5 8', 'L11: reset at the firing; the end does not fire'],
]);

table(
  'own windows that merge',
  {
    assigner: windowAssigner({
      domain: 'event',
      merges: true,
      assign: (value: number, time) => [{ start: time, end: time + value }],
    }),
  },
  [
    ['e0=5 e5=3 w7', '[0,8) 5 3', 'L6: [0, 5) and [5, 8) touch'],
    ['e0=5 e6=3 w8', '[0,5) 5; [6,9) 3', 'L6: [0, 5) and [6, 9) do not'],
    ['e0=9 e2=3 w8', '[0,9) 9 3', 'L6: within a live one, which stays as it is'],
  ],
);

table(
  'count of 2, tumbling, lateness 5',
  { assigner: tumblingEventTime(10), allowedLatenessMs: 5, trigger: countTrigger(2) },
  [
    ['e1 e2', '[0,10) 1 2', 'L11: >= 2'],
    ['e1 e2 e3 e4', '[0,10) 1 2; [0,10) 1 2 3 4', 'L11: reset; contents stay'],
    ['e1 w9', '', 'L11: the end does not fire'],
    ['e1 w12 e2', '[0,10) 1 2', 'L11: one that is late but allowed counts as any other'],
    ['e1 w14 left?', 'left', 'L4: cleared unfired'],
  ],
);

table('count of 2, purging, global', { assigner: globalWindows(), trigger: purgingTrigger(countTrigger(2)) }, [
  [
    'e1 e2 e3 e4',
    `[-${MAX_TIMESTAMP},${MAX_TIMESTAMP}) 1 2; [-${MAX_TIMESTAMP},${MAX_TIMESTAMP}) 3 4`,
    'L11: in pairs',
  ],
  [
    'e1 w* left?',
    'left trigger:count window-contents',
    'L14: global windows emit nothing at the end, and are never cleaned',
  ],
  ['w50 e1 e2', `[-${MAX_TIMESTAMP},${MAX_TIMESTAMP}) 1 2`, 'L13: never late'],
]);

table('global, never', { assigner: globalWindows(), trigger: neverTrigger() }, [
  ['e1 e2 w*', '', 'L14: nothing at the end'],
]);

table(
  'continuous by 10, window of 25, event time',
  { assigner: tumblingEventTime(25), allowedLatenessMs: 5, trigger: continuousEventTimeTrigger(10) },
  [
    ['e3 w9', '', 'L11: first at 3 - 3 + 10 = 10'],
    ['e3 w10', '[0,25) 3', 'L11: 10'],
    ['e3 w20', '[0,25) 3; [0,25) 3', 'L11: 10 and 20'],
    ['e3 w24', '[0,25) 3; [0,25) 3; [0,25) 3', 'L11: 10, 20, and 30 capped at maxTimestamp 24'],
    ['e10 w19 w20', '[0,25) 10', 'L11: 10 - 0 + 10 = 20: a multiple begins the next interval'],
    ['e-3 w-1', '[-25,0) -3', 'L11: -3 - (-3) + 10 = 10, capped at maxTimestamp -1: the remainder truncates'],
    [
      'e3 w26 e4',
      '[0,25) 3; [0,25) 3; [0,25) 3; [0,25) 3 4',
      'L11: three by 24, and each late element that is allowed',
    ],
  ],
);

table(
  'continuous by 10, sessions of 10, event time',
  { assigner: sessionEventTime(10), trigger: continuousEventTimeTrigger(10) },
  [
    ['e3 e8 w10', '[3,18) 3 8', 'L11: a merge takes the minimum of the next firings, 10 and 10'],
    ['e12 e8 w20', '[8,22) 12 8', 'L11: the next firing of the live session, 20, is moved to the merged one'],
  ],
);

table(
  'continuous by 10, tumbling, lateness 5',
  { assigner: tumblingEventTime(10), allowedLatenessMs: 5, trigger: continuousEventTimeTrigger(10) },
  [['e3 w9 e4', '[0,10) 3; [0,10) 3 4', 'L11: maxTimestamp 9 <= 9: a late element fires at once']],
);

table(
  'early every 10 of the clock, and late, sessions of 10, lateness 5',
  { assigner: sessionEventTime(10), allowedLatenessMs: 5, trigger: earlyAndLateTrigger(10) },
  [['t0 e0 w12 e3 w13', '[0,10) 0; [0,13) 0 3', 'L11: merged at its maxTimestamp 12: late already, and sets no timer']],
);

table('tumbling by the clock, size 10', { assigner: tumblingProcessingTime(10) }, [
  ['t3 e100 t10', '[0,10) 100', 'L2, T3: maxTimestamp 9 is over at 10; the timestamp plays no part'],
  ['t3 e100 t9', '', 'T3: due iff now > 9'],
  ['t3 e1 t10 e2 t20', '[0,10) 1; [10,20) 2', 'L1 at the clock: 10 is in the next one'],
  ['t3 w50 e1 t10', '[0,10) 1', 'L3: lateness is of event time only'],
  ['t3 e1 w*', '', 'L14: panes of processing time emit nothing at the end'],
  ['t3 e1 t10 left?', '[0,10) 1; left', 'L2: cleaned up at maxTimestamp'],
]);

table('sliding by the clock, size 10, slide 5', { assigner: slidingProcessingTime(10, 5) }, [
  ['t7 e1 t10 t15', '[0,10) 1; [5,15) 1', 'L10 at the clock'],
]);

table('sessions by the clock, gap 10', { assigner: sessionProcessingTime(10) }, [
  [
    't3 e1 t8 e2 t13 t18',
    '[3,18) 1 2',
    'L6 at the clock: [3, 13) and [8, 18); the timer at 12 is of a window that is no more',
  ],
  ['t3 e1 t13 e2 t23', '[3,13) 1; [13,23) 2', 'L8: at 13 the timer for 12 has fired, so nothing is live'],
]);

table(
  'continuous by 10 of the clock, window of 25',
  { assigner: tumblingProcessingTime(25), trigger: continuousProcessingTimeTrigger(10) },
  [
    ['t3 e1 t11', '[0,25) 1', 'L11: next at 10, over at 11'],
    ['t3 e1 t25', '[0,25) 1; [0,25) 1; [0,25) 1', 'L11: 10, 20, and 24'],
    ['t3 e1 t25 left?', '[0,25) 1; [0,25) 1; [0,25) 1; left', 'L15: none after maxTimestamp'],
  ],
);

table(
  'early every 10 of the clock, and late, tumbling, lateness 5',
  { assigner: tumblingEventTime(10), allowedLatenessMs: 5, trigger: earlyAndLateTrigger(10) },
  [
    ['t0 e1 t11', '[0,10) 1', 'L11: early at 0 + 10'],
    ['t0 e1 t11 e2 t21', '[0,10) 1; [0,10) 1 2', 'L11: and at 20'],
    ['t0 e1 t11 e2 w9 t31', '[0,10) 1; [0,10) 1 2', 'L11: on time at 9, which ends the early ones'],
    ['t0 e1 w9 e2', '[0,10) 1; [0,10) 1 2', 'L11: late at once'],
    ['t0 e1 w14 t99 left?', '[0,10) 1; left', 'L11: its timer is deleted'],
  ],
);

table(
  'delta above 5, global',
  { assigner: globalWindows(), trigger: deltaTrigger<number>({ threshold: 5, delta: (a, b) => b - a, type: int64 }) },
  [
    ['e1=10 e2=15', '', 'L11: 15 - 10 = 5 is not above 5'],
    ['e1=10 e2=16', `[-${MAX_TIMESTAMP},${MAX_TIMESTAMP}) 10 16`, 'L11: 6 > 5'],
    [
      'e1=10 e2=16 e3=21 e4=22',
      `[-${MAX_TIMESTAMP},${MAX_TIMESTAMP}) 10 16; [-${MAX_TIMESTAMP},${MAX_TIMESTAMP}) 10 16 21 22`,
      'L11: 16 replaces 10, so 21 is not far and 22 is',
    ],
  ],
);

table('evictor: the newest 2', { assigner: tumblingEventTime(10), allowedLatenessMs: 5, evictor: countEvictor(2) }, [
  ['e1 e2 e3 w9', '[0,10) 2 3', 'L12: the oldest goes'],
  ['e1 e2 e3 w9 e4', '[0,10) 2 3; [0,10) 3 4', 'J4: evicted ones have left the state'],
  ['e1 w9', '[0,10) 1', 'L12: 1 <= 2'],
]);
table(
  'evictor: the newest 0, before',
  { assigner: tumblingEventTime(10), allowedLatenessMs: 5, evictor: countEvictor(0) },
  [
    ['e1 w9 left?', '[0,10); left timers', 'L12: emptied, so the aggregate of nothing; nothing is kept'],
    ['e1 w9 e2', '[0,10); [0,10)', 'L12: again, of the one that came since'],
  ],
);
table(
  'evictor: the newest 1, after',
  { assigner: tumblingEventTime(10), allowedLatenessMs: 5, evictor: countEvictor(1, 'after') },
  [['e1 e2 e3 w9 e4', '[0,10) 1 2 3; [0,10) 3 4', 'L12: the function sees all, one stays']],
);
table('evictor: the last 3 ms', { assigner: tumblingEventTime(10), evictor: timeEvictor(3) }, [
  ['e2 e5 e4 w9', '[0,10) 5 4', 'L12: ts <= 5 - 3 = 2 goes'],
  ['e-8 e-5 w-1', '[-10,0) -5', 'L12: -8 <= -5 - 3'],
]);
table(
  'evictor: 4 or more from the last',
  { assigner: tumblingEventTime(10), evictor: deltaEvictor<number>(4, (a, b) => Math.abs(b - a)) },
  [['e1=1 e2=9 e3=6 e4=5 w9', '[0,10) 6 5', 'L12: |5 - 1| >= 4 and |5 - 9| >= 4 go']],
);
