import { expect, it } from 'vitest';
import type { ChannelId, TaskId } from '../facts.ts';
import type { Alignment } from '../barrier-options.ts';
import type { BarrierElement, Buffer, StreamElement } from './elements.ts';
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
    { bufferRecords: options.bufferRecords ?? 1, outputBuffersMax: options.outputBuffersMax ?? 2 },
    () => {
      room++;
    },
  );
  const delivered: Buffer[] = [];
  const announced: number[] = [];
  const kept: unknown[] = [];
  const input = new InputChannel(id, 0, {
    arrived: () => undefined,
    announced: (_, barrier) => void announced.push(barrier.checkpoint),
    kept: (_, checkpoint, elements) => void kept.push([checkpoint, ...elements.map(text)]),
  });
  const { credits = 1 } = options;
  const returned: number[] = [];
  input.connect((freed) => {
    returned.push(freed);
    output.addCredit(freed);
  }, credits);
  output.connect(
    {
      deliver: (buffer) => {
        delivered.push(buffer);
        input.enqueue(buffer);
      },
    },
    credits,
  );
  return { output, input, delivered, announced, kept, returned, roomAgain: () => room };
}

function barrier(checkpoint: number, alignment: Alignment, timeoutMs = 0): BarrierElement {
  return { kind: 'barrier', checkpoint, triggeredAt: 0, options: { alignment, timeoutMs, kind: 'checkpoint' } };
}

/** A record's value; of anything else its kind. */
function text(element: StreamElement): unknown {
  return element.kind === 'record' ? element.value : element.kind;
}

function drain(input: InputChannel): StreamElement[] {
  const elements: StreamElement[] = [];
  while (input.readable) elements.push(input.read());
  return elements;
}

it('without credit nothing is sent, and the sender has no room once its queue is full', () => {
  const { output, input, delivered, roomAgain } = pair({ credits: 1, outputBuffersMax: 2 });
  for (let i = 0; i < 3; i++) output.send(i, undefined);
  expect(delivered).toHaveLength(1);
  expect(output.hasRoom).toBe(false);
  input.read();
  expect(delivered).toHaveLength(2);
  expect(output.hasRoom).toBe(true);
  expect(roomAgain()).toBe(1);
});

it('a credit is returned only when the last element of a buffer has been read', () => {
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

it('a priority element overtakes what is queued on both sides and needs no credit', () => {
  const { output, input } = pair({ bufferRecords: 2, credits: 1 });
  for (let i = 0; i < 6; i++) output.send(i, undefined);
  input.read();
  expect(output.sendOvertaking(barrier(1, 'unaligned')).map(text)).toEqual([2, 3, 4, 5]);
  expect(drain(input).map((element) => (element.kind === 'record' ? element.value : element.kind))).toEqual([
    'barrier',
    1,
    2,
    3,
    4,
    5,
  ]);
});

it.each([
  [1, [1, 1, 1, 1, 1, 1, 1, 1, 1]],
  [2, [2, 2, 2, 2]],
  [3, [2, 2, 2, 2]],
  [4, [3, 3, 3]],
  [8, [5]],
])('of %i credits more than half go back at once: %j', (credits, expected) => {
  const { output, input, returned } = pair({ credits, outputBuffersMax: 1 });
  const values: unknown[] = [];
  for (let value = 0; value < 9; value++) {
    // What is held back is never all of them: a receiver that has read everything can be sent to.
    expect(output.hasRoom).toBe(true);
    output.send(value, undefined);
    values.push(...drain(input).map(text));
  }
  expect([values, returned]).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8], expected]);
});

it('credits that are held back go back with the first buffer that is discarded', () => {
  const { output, input, returned } = pair({ credits: 4 });
  output.send(1, undefined);
  drain(input);
  output.send(2, undefined);
  expect(returned).toEqual([]);
  input.discard();
  expect(returned).toEqual([2]);
  output.send(3, undefined);
  expect(returned).toEqual([2, 1]);
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

const SILENT = { arrived: () => undefined, announced: () => undefined, kept: () => undefined };

it('channels are read in turn', () => {
  const channels = [0, 1, 2].map((index) => new InputChannel({ ...id, sender: index }, index, SILENT));
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

it('what is queued before an overtaking barrier is in-flight data of the receiver, and what arrives later is not', () => {
  const { output, input, kept } = pair({ credits: 3 });
  for (let i = 0; i < 3; i++) output.send(i, undefined);
  input.read();
  output.sendOvertaking(barrier(1, 'unaligned'));
  output.send('behind', undefined);
  expect(input.hasOvertaking).toBe(true);
  expect(text(input.read())).toBe('barrier');
  expect(input.startPersisting(1)).toBe(true);
  expect(kept).toEqual([
    [1, 1],
    [1, 2],
  ]);
});

it('while a checkpoint is pending here, what arrives before its barrier is in-flight data; control elements that are no data are not', () => {
  const { output, input, kept } = pair({ credits: 10 });
  output.send('queued', undefined);
  expect(input.startPersisting(4)).toBe(true);
  output.send('arrives', 3);
  output.sendControl({ kind: 'watermark', timestamp: 2 });
  output.sendControl({ kind: 'cancel', checkpoint: 3 });
  output.sendOvertaking(barrier(4, 'unaligned'));
  output.send('behind', undefined);
  expect(kept).toEqual([
    [4, 'queued'],
    [4, 'arrives'],
    [4, 'watermark'],
  ]);
});

it('the place of a barrier counts for its own checkpoint only', () => {
  const { output, input, kept } = pair({ credits: 10 });
  output.sendControl(barrier(1, 'aligned'));
  output.send('between 1 and 2', undefined);
  expect(input.startPersisting(2)).toBe(true);
  output.sendOvertaking(barrier(2, 'unaligned'));
  expect(kept).toEqual([[2, 'between 1 and 2']]);
});

it('a checkpoint that a newer barrier has overtaken is not begun', () => {
  const { output, input, kept } = pair({ credits: 10 });
  output.send('a', undefined);
  output.sendOvertaking(barrier(3, 'unaligned'));
  expect(input.startPersisting(2)).toBe(false);
  expect(kept).toEqual([]);
});

it('a barrier that may overtake later is announced, and overtakes on request', () => {
  const { output, input, announced, kept } = pair({ credits: 10, bufferRecords: 3 });
  for (const value of ['a', 'b', 'c', 'd']) output.send(value, undefined);
  output.sendTimed(barrier(1, 'aligned', 5), () => undefined);
  output.sendControl({ kind: 'watermark', timestamp: 9 });
  expect(announced).toEqual([1]);
  expect(text(input.read())).toBe('a');
  input.prioritize(1);
  const element = input.read();
  expect(element).toMatchObject({ kind: 'barrier', options: { alignment: 'unaligned' } });
  input.startPersisting(1);
  expect(kept).toEqual([
    [1, 'b', 'c'],
    [1, 'd'],
  ]);
  expect(drain(input).map(text)).toEqual(['b', 'c', 'd', 'watermark']);
});

it('a barrier that a newer one has overtaken is read in order, wherever it was queued', () => {
  const { output, input } = pair({ credits: 10 });
  output.send('a', undefined);
  output.sendTimed(barrier(1, 'aligned', 5), () => undefined);
  output.sendOvertaking(barrier(2, 'unaligned'));
  input.prioritize(1);
  expect(drain(input).map((element) => (element.kind === 'barrier' ? element.checkpoint : text(element)))).toEqual([
    2,
    'a',
    1,
  ]);
});

it('a barrier that was made to overtake comes before a newer one that overtakes', () => {
  const { output, input } = pair({ credits: 10 });
  output.send('a', undefined);
  output.sendTimed(barrier(1, 'aligned', 5), () => undefined);
  input.prioritize(1);
  output.sendOvertaking(barrier(2, 'unaligned'));
  expect(drain(input).map((element) => (element.kind === 'barrier' ? element.checkpoint : text(element)))).toEqual([
    1,
    2,
    'a',
  ]);
});

it('events keep their order, but need no credit and take no room: they cannot starve the data', () => {
  const { output, input, delivered } = pair({ credits: 1, outputBuffersMax: 1 });
  output.send('a', undefined);
  for (const checkpoint of [1, 2, 3]) output.sendControl(barrier(checkpoint, 'aligned'));
  expect(delivered).toHaveLength(4);
  expect(output.hasRoom).toBe(true);
  output.send('b', undefined);
  output.sendControl(barrier(4, 'aligned'));
  expect(delivered).toHaveLength(4);
  expect(output.hasRoom).toBe(false);
  expect(drain(input).map(text)).toEqual(['a', 'barrier', 'barrier', 'barrier', 'b', 'barrier']);
});

it('at the sender, a barrier that may overtake reports when it has been sent, or overtakes what is queued before it', () => {
  const { output, input } = pair({ credits: 1, outputBuffersMax: 1 });
  let left = 0;
  output.sendTimed(barrier(1, 'aligned', 5), () => {
    left++;
  });
  expect(left).toBe(1);
  expect(output.overtake(1)).toBeUndefined();
  output.send('a', undefined);
  output.send('b', undefined);
  output.sendTimed(barrier(2, 'aligned', 5), () => {
    left++;
  });
  output.send('behind', undefined);
  expect(output.overtake(1)).toBeUndefined();
  expect(output.overtake(2)?.map(text)).toEqual(['b']);
  expect(left).toBe(1);
  expect(drain(input).map(text)).toEqual(['barrier', 'barrier', 'a', 'b', 'behind']);
});

it('overtaking barriers keep their order', () => {
  const output = new OutputChannel(id, task, {}, { bufferRecords: 1, outputBuffersMax: 9 }, () => undefined);
  output.send('a', undefined);
  output.sendOvertaking(barrier(1, 'unaligned'));
  output.sendOvertaking(barrier(2, 'unaligned'));
  const delivered: unknown[] = [];
  output.connect(
    {
      deliver: ({ elements }) =>
        void delivered.push(...elements.map((e) => (e.kind === 'barrier' ? e.checkpoint : text(e)))),
    },
    9,
  );
  expect(delivered).toEqual([1, 2, 'a']);
});

it('a blocked channel still lets an overtaking barrier through', () => {
  const { output, input } = pair({ credits: 9 });
  output.send('a', undefined);
  input.blocked = true;
  expect(input.readable).toBe(false);
  output.sendOvertaking(barrier(2, 'unaligned'));
  expect(input.readable).toBe(true);
  expect(text(input.read())).toBe('barrier');
  expect(input.readable).toBe(false);
});

it('a channel that discards returns every credit, once', () => {
  const { output, input, delivered } = pair({ credits: 2, outputBuffersMax: 1 });
  for (let i = 0; i < 5; i++) output.send(i, undefined);
  expect(delivered).toHaveLength(2);
  input.discard();
  expect(delivered.map(({ elements }) => elements.map(text))).toEqual([[0], [1], [2], [3], [4]]);
  for (let i = 5; i < 9; i++) output.send(i, undefined);
  expect(delivered).toHaveLength(9);
  expect(output.hasRoom).toBe(true);
  expect(input.readable).toBe(false);
});
