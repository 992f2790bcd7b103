import { expect, it } from 'vitest';
import type { StateTtl } from '../../core/job/state-ttl.ts';
import { aged, type Ageing, CallTime, hasExpired, readAged, readAgedList } from './ttl.ts';
import { TapeReader, TurnLog } from './turn.ts';
import { NO_TAPE } from './testing/turns.ts';

const at = (now: number, options: Partial<StateTtl> = {}): Ageing => ({ ttl: { ms: 10, ...options }, now: () => now });
const ON_READ = { update: 'on-read-and-write' } as const;
const ONCE_MORE = { visibility: 'return-if-not-cleaned-up' } as const;

it('a value expires at its last touch and the time to live, not a millisecond before; a clock that moved back revives it', () => {
  const one = aged('x', 5);
  expect([14, 15, 16].map((now) => hasExpired(one, 10, now))).toEqual([false, true, true]);
  expect(hasExpired(one, 10, -100)).toBe(false);
  expect(one).toEqual({ '@lastTouch': 5, '@value': 'x' });
});

it.each<[string, Ageing, ReturnType<typeof readAged>]>([
  ['is seen and stays as it is', at(9), { seen: true, still: 'same' }],
  ['is touched if reading touches', at(9, ON_READ), { seen: true, still: 'touched' }],
  ['is not touched by reading what may be seen once more', at(9, ONCE_MORE), { seen: true, still: 'same' }],
  ['that has expired is gone', at(10), { seen: false, still: 'gone' }],
  ['that has expired is gone, and seen this once', at(10, ONCE_MORE), { seen: true, still: 'gone' }],
  ['that has expired is no longer touched', at(10, { ...ON_READ, ...ONCE_MORE }), { seen: true, still: 'gone' }],
])('a value that is read %s', (_, ageing, read) => {
  expect(readAged(aged('x', 0), ageing)).toEqual(read);
});

const items = [aged('old', 0), aged('young', 5)];

it.each<[string, Ageing, ReturnType<typeof readAgedList>]>([
  ['all is young', at(9), { seen: ['old', 'young'], left: undefined }],
  ['all is young and touched', at(9, ON_READ), { seen: ['old', 'young'], left: [aged('old', 9), aged('young', 9)] }],
  ['what has expired is not seen, and stays', at(10), { seen: ['young'], left: undefined }],
  ['what has expired is seen once more, and stays', at(10, ONCE_MORE), { seen: ['old', 'young'], left: undefined }],
  ['the touch of others drops it', at(10, ON_READ), { seen: ['young'], left: [aged('young', 10)] }],
  [
    'the touch of others drops it, and it is seen this once',
    at(10, { ...ON_READ, ...ONCE_MORE }),
    { seen: ['old', 'young'], left: [aged('young', 10)] },
  ],
  ['all has expired', at(15), { seen: [], left: [] }],
  ['all has expired and is seen this once', at(15, ONCE_MORE), { seen: ['old', 'young'], left: [] }],
])('a list of which %s', (_, ageing, read) => {
  expect(readAgedList(items, ageing)).toEqual(read);
});

it('a list without items does not read the time', () => {
  const never: Ageing = {
    ttl: { ms: 10 },
    now: () => {
      throw new Error('the time was read');
    },
  };
  expect(readAgedList([], never)).toEqual({ seen: [], left: undefined });
});

it('a call reads the tape once, at its first use, for all its states', () => {
  const turn = new TurnLog('process');
  const reader = new TapeReader(turn, { ...NO_TAPE, clock: [7, 8] });
  const state = (name: string) => ({ kind: 'value', name, type: { kind: 'int32' }, ttl: { ms: 10 } }) as const;
  const call = new CallTime(reader);
  expect(call.used('a')).toBeUndefined();
  expect([call.now(state('a')), call.now(state('b')), call.now(state('a'))]).toEqual([7, 7, 7]);
  expect(['a', 'b', 'c'].map((name) => call.used(name)?.name)).toEqual(['a', 'b', undefined]);
  expect(new CallTime(reader).now(state('a'))).toBe(8);
  reader.finish();
  expect(turn.mismatch).toBeUndefined();
});
