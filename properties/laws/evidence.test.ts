import { expect, it } from 'vitest';
import { because, note } from './evidence.ts';

it('evidence survives the transfer between processes, for any emitted value', () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const emitted = [undefined, null, 0, -0, NaN, Infinity, 7n, 'x', true, { b: 1n }, [undefined], () => 1, circle];
  const evidence = [
    ...emitted.map((value) => note.value('value', value)),
    note.values('values', emitted),
    note.channel('channel', { edge: 1, attempt: 2, sender: 3, receiver: 4 }),
    note.window('window', { start: 0, end: 10 }),
    note.waits('window[0] waits for barrier 7'),
    ...because({ what: 'map[0]', because: { what: 'in-0@1', because: undefined } }),
  ];
  expect(JSON.parse(JSON.stringify(evidence))).toEqual(evidence);
});

it('numbers, booleans and texts are kept as they are, other values as text, and nothing is null', () => {
  const shown = (value: unknown) => note.value('value', value);
  expect(shown(7)).toEqual({ kind: 'value', label: 'value', value: 7 });
  expect(shown({ n: 1 })).toMatchObject({ value: '{"n":1}' });
  expect(shown(undefined)).toMatchObject({ value: null });
  expect(shown(-0)).toMatchObject({ value: '-0' });
  expect(shown('x'.repeat(1_000))).toMatchObject({ value: `${'x'.repeat(400)}...` });
});

it('the chain of causes ends with the newest', () => {
  expect(because({ what: 'map[0]', because: { what: 'in-0@1', because: undefined } })).toMatchObject([
    { kind: 'cause', chain: ['in-0@1', 'map[0]'] },
  ]);
  expect(because(undefined)).toEqual([]);
});
