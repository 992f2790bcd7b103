import { note } from './evidence.ts';
import { expect, it } from 'vitest';
import type { KeyGroupContent } from '../../core/state/backend.ts';
import type { ModelContent } from '../model/types.ts';
import { compareGroup } from './content.ts';

const window = (start: number) => ({ start, end: start + 10 });
const model = (keys: number): ModelContent => ({
  entries: Array.from({ length: keys }, (_, i) => ({
    state: 'sum',
    key: `k${i}`,
    namespace: window(i),
    value: { n: i },
  })),
  timers: Array.from({ length: keys }, (_, i) => ({
    domain: 'event' as const,
    timestamp: i,
    key: `k${i}`,
    namespace: window(i),
  })),
});
const image = (
  keys: number,
  edit: (content: ModelContent) => Partial<KeyGroupContent> = () => ({}),
): KeyGroupContent => ({
  keyGroup: 0,
  floor: 0,
  entries: model(keys).entries.toReversed(),
  timers: model(keys).timers.toReversed(),
  ...edit(model(keys)),
});

it('order does not matter, neither in small groups nor in large ones', () => {
  for (const keys of [0, 3, 40]) expect(compareGroup(image(keys), model(keys))).toBeUndefined();
  expect(compareGroup(image(0), undefined)).toBeUndefined();
});

it('a missing, surplus or different entry or timer is found, with its value on both sides', () => {
  for (const keys of [3, 40]) {
    const lost = compareGroup(
      image(keys, ({ entries }) => ({ entries: entries.slice(1) })),
      model(keys),
    );
    expect(lost?.anomaly).toBe('state');
    expect(lost?.evidence).toContainEqual(note.value('expected', { n: 0 }));
    expect(lost?.evidence).toContainEqual(note.value('actual', undefined));
    const other = compareGroup(
      image(keys, ({ entries }) => ({
        entries: entries.map((entry) => ({ ...entry, value: entry.key === 'k1' ? 'x' : entry.value })),
      })),
      model(keys),
    );
    expect(other?.evidence).toContainEqual(note.value('key', 'k1'));
    expect(other?.evidence).toContainEqual(note.value('actual', 'x'));
    expect(compareGroup(image(keys), model(keys - 1))?.evidence).toContainEqual(note.value('expected', undefined));
    const doubled = compareGroup(
      image(keys, ({ timers }) => ({ timers: [...timers, ...timers.slice(0, 1)] })),
      model(keys),
    );
    expect(doubled?.anomaly).toBe('stored-timers');
    expect(
      compareGroup(
        image(keys, () => ({ timers: [] })),
        model(keys),
      )?.anomaly,
    ).toBe('stored-timers');
    expect(compareGroup(image(keys), { ...model(keys), timers: [] })?.anomaly).toBe('stored-timers');
  }
  expect(compareGroup(image(3), undefined)?.anomaly).toBe('state');
});
