import { expect, it } from 'vitest';
import { ChannelRecord } from './channel.ts';
import { ReplayedChannel } from './replayed-channel.ts';

const ID = { edge: 0, attempt: 1, sender: 0, receiver: 0 };

/** a, watermark 5, b, c. */
function filled(): ChannelRecord {
  const channel = new ChannelRecord(ID);
  channel.send('a', 1, undefined);
  channel.sendControl('watermark', 5);
  channel.send('b', 6, undefined);
  channel.send('c', 7, undefined);
  return channel;
}

it('what lies between two positions comes in the order in which it was sent', () => {
  const channel = filled();
  const kinds = [...channel.between({ records: 0, controls: 0 }, channel.sentPosition)].map((element) =>
    element.kind === 'record' ? element.value : element.kind,
  );
  expect(kinds).toEqual(['a', 'watermark', 'b', 'c']);
  expect([...channel.between({ records: 1, controls: 1 }, { records: 2, controls: 1 })]).toEqual([
    { kind: 'record', seq: 1, value: 'b', timestamp: 6 },
  ]);
});

it('a control element arrives in its place, or it has moved, or it was never sent', () => {
  const channel = filled();
  expect(channel.takeControl('watermark', 6)).toBe('never-sent');
  channel.received = 1;
  expect(channel.takeControl('watermark', 5)).toBe('in-place');
  const late = filled();
  late.received = 2;
  expect(late.takeControl('watermark', 5)).toBe('moved');
});

it('a signal is due at the record behind which it was sent, until it has arrived; each arrives once', () => {
  const channel = filled();
  channel.sendSignal('barrier', 1);
  channel.send('d', 8, undefined);
  channel.sendSignal('cancel', 2);
  expect(channel.signalDueAt).toBe(3);
  expect(channel.takeSignal('barrier', 1)?.at).toEqual({ records: 3, controls: 1 });
  expect(channel.signalDueAt).toBe(4);
  expect(channel.takeSignal('barrier', 1)).toBeUndefined();
  channel.takeSignal('cancel', 2);
  expect(channel.signalDueAt).toBe(Infinity);
});

it('a replay skips the records of others, and is done when its own are taken and the controls are', () => {
  const channel = filled();
  const replay = new ReplayedChannel(channel, { records: 0, controls: 0 }, channel.sentPosition, (v) => v !== 'b');
  expect(replay.nextRecord).toBe(0);
  replay.takeRecord(0);
  expect(replay.nextRecord).toBe(2);
  expect(replay.isDone).toBe(false);
  expect(replay.takeControl('watermark', 5)).toBe('in-place');
  replay.takeRecord(2);
  expect(replay.isDone).toBe(true);
  expect(replay.takeControl('watermark', 5)).toBe('never-sent');
});

it('a control element that a replay brings too late has moved', () => {
  const channel = filled();
  const replay = new ReplayedChannel(channel, { records: 0, controls: 0 }, channel.sentPosition, () => true);
  replay.takeRecord(1);
  expect(replay.takeControl('watermark', 5)).toBe('moved');
});
