import { expect, it } from 'vitest';
import type { ChannelId, TaskId } from '../facts.ts';
import type { Buffer, StreamElement } from './elements.ts';
import { InputChannel, InputGate } from './input-gate.ts';
import { OutputChannel } from './output-channel.ts';

const task: TaskId = { vertex: 'v', subtask: 0, attempt: 1 };
const id: ChannelId = { edge: 0, attempt: 1, sender: 0, receiver: 0 };

function pair(options: { bufferRecords?: number; outputBuffersMax?: number; credits?: number } = {}) {
  let room = 0;
  const output = new OutputChannel(
    id,
    task,
    {},
    { bufferRecords: options.bufferRecords ?? 1, outputBuffersMax: options.outputBuffersMax ?? 2, freezeValues: false },
    () => {
      room++;
    },
  );
  const delivered: Buffer[] = [];
  const input = new InputChannel(id, 0, () => undefined);
  input.connect((credits) => {
    output.addCredit(credits);
  });
  output.connect(
    {
      deliver: (buffer) => {
        delivered.push(buffer);
        input.enqueue(buffer);
      },
    },
    options.credits ?? 1,
  );
  return { output, input, delivered, roomAgain: () => room };
}

function drain(input: InputChannel): StreamElement[] {
  const elements: StreamElement[] = [];
  while (input.readable) elements.push(input.read());
  return elements;
}

it('without credit nothing leaves, and the sender has no room once its queue is full', () => {
  const { output, input, delivered, roomAgain } = pair({ credits: 1, outputBuffersMax: 2 });
  for (let i = 0; i < 3; i++) output.send(i, undefined);
  expect(delivered).toHaveLength(1);
  expect(output.hasRoom).toBe(false);
  input.read();
  expect(delivered).toHaveLength(2);
  expect(output.hasRoom).toBe(true);
  expect(roomAgain()).toBe(1);
});

it('a credit goes back only when the last element of a buffer has been read', () => {
  const { output, input, delivered } = pair({ bufferRecords: 2, credits: 1 });
  for (let i = 0; i < 4; i++) output.send(i, undefined);
  expect(delivered).toHaveLength(1);
  input.read();
  expect(delivered).toHaveLength(1);
  input.read();
  expect(delivered).toHaveLength(2);
});

it('a step may emit beyond the room: the overdraft is kept in order', () => {
  const { output, input } = pair({ credits: 1, outputBuffersMax: 1 });
  for (let i = 0; i < 50; i++) output.send(i, undefined);
  expect(drain(input).map((element) => (element.kind === 'record' ? element.value : element.kind))).toEqual(
    Array.from({ length: 50 }, (_, i) => i),
  );
});

it('a control element ends the open buffer and stays behind its records', () => {
  const { output, input } = pair({ bufferRecords: 10 });
  output.send('a', 5);
  expect(input.readable).toBe(false);
  output.sendControl({ kind: 'watermark', timestamp: 4 });
  expect(drain(input)).toEqual([
    { kind: 'record', value: 'a', timestamp: 5, seq: 0 },
    { kind: 'watermark', timestamp: 4 },
  ]);
});

it('a priority element overtakes what waits on both sides and needs no credit', () => {
  const { output, input } = pair({ bufferRecords: 2, credits: 1 });
  for (let i = 0; i < 6; i++) output.send(i, undefined);
  input.read();
  output.sendPriority({
    kind: 'barrier', checkpoint: 1, triggeredAt: 0, options: { alignment: 'unaligned', timeoutMs: 0, kind: 'checkpoint' },
  });
  expect(drain(input).map((element) => (element.kind === 'record' ? element.value : element.kind))).toEqual([
    'barrier', 1, 2, 3, 4, 5,
  ]);
});

it('a blocked channel is not read and its credits run out', () => {
  const { output, input } = pair({ credits: 2, outputBuffersMax: 1 });
  const gate = new InputGate([input]);
  output.send('a', undefined);
  input.blocked = true;
  expect(gate.poll()).toBeUndefined();
  for (let i = 0; i < 2; i++) output.send(i, undefined);
  expect(output.hasRoom).toBe(false);
  input.blocked = false;
  expect(gate.poll()).toBe(input);
});

it('channels are read in turn', () => {
  const channels = [0, 1, 2].map((index) => new InputChannel({ ...id, sender: index }, index, () => undefined));
  const gate = new InputGate(channels);
  for (const channel of channels) {
    channel.enqueue({ elements: [{ kind: 'end-of-data' }, { kind: 'end-of-data' }], priority: false });
  }
  const order: number[] = [];
  for (let i = 0; i < 6; i++) {
    const channel = gate.poll();
    channel?.read();
    order.push(channel?.index ?? -1);
  }
  expect(order).toEqual([0, 1, 2, 0, 1, 2]);
});
