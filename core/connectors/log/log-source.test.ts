import { expect, it } from 'vitest';
import { Stage } from '../../../sim/services/testing/stage.ts';
import { IoError } from '../../errors.ts';
import { int32 } from '../../job/types.ts';
import type { Ports } from '../../ports.ts';
import { toBytes } from '../../values/serializers.ts';
import type { Coroutine } from '../../waiting.ts';
import type { SplitReader } from '../source.ts';
import { type LogSplit, logSource } from './log-source.ts';

const numbers = (...values: number[]): Uint8Array[] => values.map((value) => toBytes(int32, value));

function readerOf(ports: Ports, bounded: boolean, position = 0): SplitReader<number, LogSplit> {
  const split = { id: 'in-0', partition: 0, position };
  const env = { ports, scope: ports.scope, fetchMaxRecords: 3 };
  return logSource({ topic: 'in', type: int32, bounded }).createReader(split, env);
}

it('the position advances with what is polled, not with what is fetched', () => {
  const stage = new Stage();
  stage.universe.broker.createTopic('in', 1);
  stage.universe.broker.seed('in', 0, numbers(7, 8, 9));
  stage.play(function* (_stage, ports): Coroutine<void> {
    const reader = readerOf(ports, true);
    expect(reader.poll()).toBe('nothing');
    yield* reader.available();
    expect(reader.snapshot().position).toBe(0);
    expect(reader.poll()).toEqual({ value: 7, position: 0 });
    expect(reader.snapshot()).toEqual({ id: 'in-0', partition: 0, position: 1 });
    expect([reader.poll(), reader.poll(), reader.poll()]).toEqual([
      { value: 8, position: 1 },
      { value: 9, position: 2 },
      'end',
    ]);
  });
});

it('one fetch is under way at a time, and none while enough is queued', () => {
  const stage = new Stage();
  stage.universe.broker.createTopic('in', 1);
  stage.universe.broker.seed('in', 0, numbers(...Array.from({ length: 100 }, (_, i) => i)));
  stage.play(function* (_stage, ports): Coroutine<void> {
    const asked: number[] = [];
    const log: Ports['log'] = {
      ...ports.log,
      fetch: (topic, partition, offset, most) => {
        asked.push(offset);
        return ports.log.fetch(topic, partition, offset, most);
      },
    };
    const split = { id: 'in-0', partition: 0, position: 0 };
    const env = { ports: { ...ports, log }, scope: ports.scope, fetchMaxRecords: 40 };
    const reader = logSource({ topic: 'in', type: int32, bounded: false }).createReader(split, env);
    yield* reader.available();
    expect(asked).toEqual([0]);
    // The answer is taken in, and the next one asked for, by whoever polls.
    reader.poll();
    expect(asked).toEqual([0, 40]);
    for (let i = 0; i < 39; i++) reader.poll();
    yield* reader.available();
    reader.poll();
    expect(asked).toEqual([0, 40, 80]);
    yield* ports.clock.sleep(100);
    // 39 and 20 are queued.
    reader.poll();
    expect(asked).toEqual([0, 40, 80, 100]);
  });
});

it('a fetch that fails fails the poll, and whoever waits hears of it', () => {
  new Stage().play(function* (_stage, ports): Coroutine<void> {
    const reader = readerOf(ports, true);
    yield* reader.available();
    expect(() => reader.poll()).toThrow(IoError);
  });
});

it('offsets of aborted records are skipped, and a split that may grow has no end', () => {
  const stage = new Stage();
  stage.universe.broker.createTopic('in', 1);
  stage.play(function* (_stage, ports): Coroutine<void> {
    const producer = yield* ports.log.producer('p');
    yield* producer.append('bad', 'in', 0, numbers(1, 2));
    yield* producer.abort('bad');
    yield* ports.log.append('in', 0, numbers(3));
    const reader = readerOf(ports, true);
    yield* reader.available();
    expect(reader.poll()).toEqual({ value: 3, position: 2 });
    const arrival = reader.available();
    expect([reader.poll(), arrival.settled]).toEqual(['nothing', false]);
    yield* ports.log.append('in', 0, numbers(4));
    yield* arrival;
    expect(reader.poll()).toEqual({ value: 4, position: 3 });
  });
});

it('a split ends behind its last record, and stands there', () => {
  const stage = new Stage({
    world: { recordlessTailMax: 3 },
    choices: { explicit: [{ label: 'recordless-tail/in[0]', k: 0, value: 3 }] },
  });
  stage.universe.broker.createTopic('in', 1);
  stage.universe.broker.seed('in', 0, numbers(7));
  stage.play(function* (_stage, ports): Coroutine<void> {
    for (const [position, polled] of [
      [0, { value: 7, position: 0 }],
      [1, 'end'],
      [3, 'end'],
    ] as const) {
      const reader = readerOf(ports, true, position);
      yield* reader.available();
      expect(reader.poll()).toEqual(polled);
      yield* reader.available();
      expect([reader.poll(), reader.snapshot().position]).toEqual(['end', Math.max(1, position)]);
    }
  });
});

it('begins at the start position, and refuses what is no offset', () => {
  expect(logSource({ topic: 'in', type: int32, startOffset: 5 }).startPosition).toBe(5);
  expect(() => logSource({ topic: 'in', type: int32, startOffset: -1 })).toThrow(/startOffset is -1/);
});

it('looks for added partitions only without an end, and only at a whole interval', () => {
  const endless = { topic: 'in', type: int32, bounded: false };
  expect(logSource(endless).discoveryIntervalMs).toBeUndefined();
  expect(logSource({ ...endless, discoveryIntervalMs: 20 }).discoveryIntervalMs).toBe(20);
  expect(() => logSource({ ...endless, discoveryIntervalMs: 1.5 })).toThrow(/discoveryIntervalMs is 1.5/);
  expect(() => logSource({ topic: 'in', type: int32, discoveryIntervalMs: 20 })).toThrow(
    /in has an end.*bounded: false/,
  );
});
