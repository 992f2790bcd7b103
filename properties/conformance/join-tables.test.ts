/**
 * Joins computed by hand. Each row says where its number comes from. The engine, the model, and of interval joins the oracle of
 * whole histories are asked.
 *
 *     l5, r5   an element of the left or right side at 5; its id is its time      w9   the watermark rises to 9; `w*`: to its end
 *     left?    which states hold something                                        l5+r7@7   a pair, with its timestamp
 *     {l1 l2|r5}@9   a group of a window                                          late l5
 */
import { describe, expect, it } from 'vitest';
import {
  countEvictor,
  MAX_TIMESTAMP,
  sessionEventTime,
  slidingEventTime,
  tumblingEventTime,
} from '../../core/api/index.ts';
import {
  type Emitted,
  engine,
  type Group,
  type IntervalConfig,
  intervalJob,
  intervalOracle,
  type Item,
  type JoinSubject,
  model,
  windowJob,
  type WindowJoinConfig,
} from './joins.ts';

function itemsOf(script: string): readonly Item[] {
  return script.split(' ').flatMap((word): Item[] => {
    const [kind, number] = [word.slice(0, 1), word.slice(1) === '*' ? MAX_TIMESTAMP : Number(word.slice(1))];
    if (kind === 'w')
      return [
        ['w1', number],
        ['w2', number],
      ];
    return word === 'left?' ? [] : [[kind === 'l' ? 'l' : 'r', 'k', number, number]];
  });
}

/** What it says, word by word; `left?` only as the last word. */
function tell(subject: JoinSubject, script: string, shown: (emitted: Emitted) => string): string {
  const said: string[] = [];
  for (const item of itemsOf(script)) {
    if (item.length === 4) said.push(...subject.element(item[0], { key: 'k', at: item[2], id: item[3] }).map(shown));
    else if (item[0] === 'w2') said.push(...subject.advance(item[1]).map(shown));
  }
  if (script.endsWith('left?')) said.push(['left', ...subject.left()].join(' '));
  return said.join(' ');
}

function shownPair({ tag, value, timestamp }: Emitted): string {
  if (tag !== undefined) return `late ${tag.slice(0, 1)}${(value as { readonly id: number }).id}`;
  const [, left, right] = value as readonly [string, number, number];
  return `l${left}+r${right}@${timestamp}`;
}
const shownOracle = (output: unknown): string => {
  const [, kind, , first, second, , , timestamp] = output as readonly [number, string, string, number, ...number[]];
  return kind === 'j' ? `l${first}+r${second}@${timestamp}` : `late ${kind.slice(0, 1)}${first}`;
};

type IntervalRow = readonly [bounds: IntervalConfig, script: string, says: string, why: string];

/** `[-2, 3)`: as mathematics writes it. */
function bounds(text: string): IntervalConfig {
  const [lowerMs = NaN, upperMs = NaN] = text.slice(1, -1).split(', ').map(Number);
  return { lowerMs, upperMs, lowerExclusive: text.startsWith('('), upperExclusive: text.endsWith(')') };
}
const around = bounds('[-2, 3]');
const after = bounds('[2, 4]');
const before = bounds('[-4, -2]');
const same = bounds('[0, 0]');

describe('interval joins: l + lower <= r <= l + upper', () => {
  it.each<IntervalRow>([
    [around, 'l10 r8', 'l10+r8@10', '8 = 10 - 2, at the lower bound; max(10, 8)'],
    [around, 'l10 r7', '', '7 < 10 - 2'],
    [around, 'l10 r13', 'l10+r13@13', '13 = 10 + 3, at the upper bound; max(10, 13)'],
    [around, 'l10 r14', '', '14 > 10 + 3'],
    [around, 'r8 l10', 'l10+r8@10', 'the left one comes second'],
    [around, 'r13 l10', 'l10+r13@13', 'the left one comes second'],
    [around, 'r7 l10', '', 'the left one comes second'],
    [around, 'r14 l10', '', 'the left one comes second'],
    [bounds('(-2, 3]'), 'l10 r8 r9', 'l10+r9@10', '8 is at the lower bound, which is no partner: 9 = 10 - 2 + 1'],
    [bounds('[-2, 3)'), 'l10 r13 r12', 'l10+r12@12', '13 is at the upper bound, which is no partner: 12 = 10 + 3 - 1'],
    [bounds('(-2, 3]'), 'r8 r9 l10', 'l10+r9@10', 'the same from the other side'],
    [bounds('[-2, 3)'), 'r13 r12 l10', 'l10+r12@12', 'the same from the other side'],
    [bounds('(-1, 1)'), 'l10 r9 r10 r11', 'l10+r10@10', 'only 10 is between 9 and 11'],
    [bounds('(0, 1)'), 'l10 r10 r11', '', 'there is no whole number between 10 and 11'],
    [same, 'l5 r4 r5 r6', 'l5+r5@5', 'equal times'],
    [around, 'l-1 r-3 r2', 'l-1+r-3@-1 l-1+r2@2', '-3 = -1 - 2, 2 = -1 + 3: negative times are times'],
    [after, 'l10 r11 r12 r14 r15', 'l10+r12@12 l10+r14@14', '12 = 10 + 2, 14 = 10 + 4'],
    [before, 'l10 r5 r6 r8 r9', 'l10+r6@10 l10+r8@10', '6 = 10 - 4, 8 = 10 - 2'],
    [around, 'l10 l10 r10', 'l10+r10@10 l10+r10@10', 'two elements of one time are two'],
    [around, 'l12 l10 l11 r11', 'l10+r11@11 l11+r11@11 l12+r11@12', 'in order of the partners, not of arrival'],
    [around, 'l1 l-1 r0', 'l-1+r0@0 l1+r0@1', '-1 before 1: not the order of the bytes'],
    [around, 'w10 l10 l9', 'late l9', 'late iff ts < watermark: 10 is not, 9 is'],
    [around, 'w10 r10 r9', 'late r9', 'the same on the right'],
    [around, 'l10 w11 r10', 'late r10', 'what is late meets nobody'],
    [around, 'w11 r10 l11', 'late r10', 'and waits for nobody'],
    [around, 'l10 w11 r11', 'l10+r11@11', '11 is at the watermark and not late; 10 + 3 > 11 still waits'],
    [around, 'l10 w12 r13', 'l10+r13@13', 'clean-up at 10 + 3 = 13 > 12'],
    [around, 'l10 w13 r13', '', 'clean-up at 13: the left one is gone, and 13 is not late'],
    [around, 'r10 w11 l12', 'l12+r10@12', 'clean-up at 10 + 2 = 12 > 11'],
    [around, 'r10 w12 l12', '', 'clean-up at 12: the right one is gone'],
    [before, 'r8 w11 l12', 'l12+r8@12', 'clean-up of a right one at 8 + 4 = 12 > 11'],
    [before, 'r8 w12 l12', '', 'clean-up at 12'],
    [before, 'l10 w9 r8', 'late r8', 'partners of a left one are earlier: they come before it or late'],
    [
      before,
      'w10 l10 left?',
      'left left-buffer timers',
      'max(0, -2) = 0: clean-up at 10, which the watermark has reached; the next advance fires it',
    ],
    [before, 'w10 l10 w11 left?', 'left', 'the next advance'],
    [after, 'r10 w10 left?', 'left', 'max(0, -2) = 0: partners of a right one are earlier, so clean-up at 10'],
    [same, 'w5 l5 r5', 'l5+r5@5', 'clean-up at 5 is at the watermark, but there was no advance between them'],
    [same, 'l5 w5 r5', '', 'here there was one'],
    [around, 'l10 r12 w13 left?', 'l10+r12@12 left right-buffer timers', 'clean-up at 13 and at 14'],
    [around, 'l11 r12 w14 left?', 'l11+r12@12 left', 'clean-up at 14 and at 14'],
    [around, 'l10 r30 w* left?', 'left', 'the end of the input empties both'],
    [bounds('[0, 9007199254740991]'), 'l5 w100 r200', 'l5+r200@200', 'clean-up at the end of time'],
    [bounds('[0, 9007199254740991]'), 'l5 l7 r9 w* left?', 'l5+r9@9 l7+r9@9 left', 'which is when all goes'],
    [around, 'w* l5', 'late l5', 'nothing is in time after the end'],
  ])('%j: %s', (config, script, says, why) => {
    const job = intervalJob(config);
    expect.soft(tell(engine(job), script, shownPair), `engine, ${why}`).toBe(says);
    expect.soft(tell(model(job), script, shownPair), `model, ${why}`).toBe(says);
    const history = intervalOracle(config, itemsOf(script)).map(shownOracle).sort();
    const expected = says === '' ? [] : says.replace(/ ?left.*$/u, '').split(/ (?=l\S+\+|late)/u);
    expect.soft(history, `oracle, ${why}`).toEqual(expected.filter((one) => one !== '').sort());
  });
});

type WindowRow = readonly [config: WindowJoinConfig, script: string, says: string, why: string];

function shownGroup(kind: WindowJoinConfig['kind']) {
  return ({ value, timestamp }: Emitted): string => {
    const [, lefts, rights] = value as Group;
    if (kind === 'join') return `l${lefts.join('')}+r${rights.join('')}@${timestamp}`;
    return `{${lefts.map((id) => `l${id}`).join(' ')}|${rights.map((id) => `r${id}`).join(' ')}}@${timestamp}`;
  };
}
const join = { kind: 'join', assigner: tumblingEventTime(10) } as const;
const group = { kind: 'coGroup', assigner: tumblingEventTime(10) } as const;
const sliding = slidingEventTime(10, 5);
const session = sessionEventTime(10);

describe('window joins: one window over both sides', () => {
  it.each<WindowRow>([
    [join, 'l1 r5 w9', 'l1+r5@9', 'J1: the timestamp is maxTimestamp, 10 - 1'],
    [join, 'l1 r5 w8', '', 'the window has not ended'],
    [join, 'l1 r10 w*', '', '[0, 10) and [10, 20)'],
    [join, 'l1 l2 r3 r4 w*', 'l1+r3@9 l1+r4@9 l2+r3@9 l2+r4@9', 'each left one with each right one'],
    [join, 'r4 r3 l2 w*', 'l2+r4@9 l2+r3@9', 'in order of arrival, whichever side came first'],
    [join, 'l-1 r-10 w*', 'l-1+r-10@-1', '[-10, 0)'],
    [join, 'l1 w9 r5 w*', '', 'the clean-up time of [0, 10) is 9: r5 is late, and dropped'],
    [{ ...join, allowedLatenessMs: 5 }, 'l1 w9 r5', 'l1+r5@9', 'clean-up at 14: r5 makes the window fire again'],
    [{ ...join, allowedLatenessMs: 5 }, 'l1 r2 w9 r5', 'l1+r2@9 l1+r2@9 l1+r5@9', 'and the pairs are given again'],
    [join, 'l1 r5 w9 left?', 'l1+r5@9 left', 'nothing is left behind the clean-up time'],
    [group, 'l1 w9', '{l1|}@9', 'a side without elements: the left outer join'],
    [group, 'r1 w9', '{|r1}@9', 'the right one'],
    [group, 'l1 r2 l3 w9', '{l1 l3|r2}@9', 'both sides in order of arrival'],
    [{ ...group, allowedLatenessMs: 5 }, 'l1 w9 r5', '{l1|}@9 {l1|r5}@9', 'fires again with all'],
    [{ ...join, assigner: sliding }, 'l6 r7 w*', 'l6+r7@9 l6+r7@14', 'both are in [0, 10) and in [5, 15)'],
    [{ ...join, assigner: sliding }, 'l3 r7 w*', 'l3+r7@9', '[-5, 5), [0, 10) and [0, 10), [5, 15) have one in common'],
    [{ ...join, assigner: session }, 'l1 r11 w*', 'l1+r11@20', '[1, 11) and [11, 21) touch: [1, 21)'],
    [{ ...join, assigner: session }, 'l1 r12 w*', '', '[1, 11) and [12, 22) do not'],
    [{ ...group, assigner: session }, 'l1 r20 l11 w*', '{l1 l11|r20}@29', 'l11 joins [1, 11) and [20, 30)'],
    [
      { ...group, evictor: countEvictor(1) },
      'l1 r5 w*',
      '{|r5}@9',
      'an evictor counts both sides together: the last one stays',
    ],
    [{ ...join, evictor: countEvictor(1) }, 'l1 r5 w*', '', 'so that there is no pair'],
  ])('%j: %s', (config, script, says, why) => {
    const job = windowJob(config);
    const shown = shownGroup(config.kind);
    expect.soft(tell(engine(job), script, shown), `engine, ${why}`).toBe(says);
    expect.soft(tell(model(job), script, shown), `model, ${why}`).toBe(says);
  });
});
