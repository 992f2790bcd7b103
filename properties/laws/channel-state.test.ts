import { expect, it } from 'vitest';
import type { ChannelSlice } from '../witness/channel-state.ts';
import { event } from '../model/testing/turns.ts';
import { channelState } from './channel-state.ts';
import { change, changeImage, drop, fact, type History, insertAfter } from '../testing/listen.ts';
import { halfOvertaken, replayed, savepointed, tooLate, unaligned } from '../testing/disciplines.ts';
import { anomaliesOf, provesLaw } from '../testing/jobs.ts';

type Edit = (slices: readonly ChannelSlice[]) => readonly ChannelSlice[];

/** The in-flight data of checkpoint 1, changed. */
function changed(history: History, edit: Edit): History {
  return changeImage(history, 1, (image) => ({ ...image, channels: edit(image.channels) }));
}
function onSlice(
  matches: (slice: ChannelSlice) => boolean,
  edit: (slice: ChannelSlice) => readonly ChannelSlice[],
): Edit {
  return (slices) => {
    const at = slices.findIndex(matches);
    const slice = slices[at];
    if (slice === undefined) throw new Error('the image has no such slice');
    return slices.toSpliced(at, 1, ...edit(slice));
  };
}
const elementsOf = (slice: ChannelSlice) => ('undecodable' in slice.elements ? [] : slice.elements);
const withElements = (slice: ChannelSlice, elements: ReturnType<typeof elementsOf>): ChannelSlice => ({
  ...slice,
  elements,
  records: elements.filter(({ kind }) => kind === 'record').length,
});
const input = ({ side }: ChannelSlice): boolean => side === 'input';
const isLong = (slice: ChannelSlice): boolean => elementsOf(slice).length > 1;

provesLaw(channelState, {
  missing: {
    accepts: unaligned,
    rejects: () =>
      changed(
        unaligned(),
        onSlice(
          ({ side }) => side === 'output',
          () => [],
        ),
      ),
  },
  surplus: {
    accepts: halfOvertaken,
    // What the receiver had taken already.
    rejects: () =>
      changed(
        unaligned(),
        onSlice(input, (slice) => [withElements(slice, [...elementsOf(slice).slice(0, 1), ...elementsOf(slice)])]),
      ),
  },
  altered: {
    accepts: unaligned,
    rejects: () =>
      changed(
        unaligned(),
        onSlice(input, (slice) => [
          withElements(
            slice,
            elementsOf(slice).map((element) => (element.kind === 'record' ? { ...element, timestamp: 99 } : element)),
          ),
        ]),
      ),
  },
  reordered: {
    accepts: unaligned,
    rejects: () =>
      changed(
        unaligned(),
        onSlice(
          (slice) => input(slice) && isLong(slice),
          (slice) => [withElements(slice, elementsOf(slice).toReversed())],
        ),
      ),
  },
  misplaced: {
    accepts: unaligned,
    rejects: () =>
      changed(
        unaligned(),
        onSlice(input, (slice) => [{ ...slice, subtask: slice.subtask + 1 }]),
      ),
  },
  'not-allowed': {
    nothingToCompare: true,
    accepts: savepointed,
    rejects: () =>
      changed(savepointed(), () => [
        {
          vertex: 'sums',
          subtask: 0,
          side: 'input',
          edge: 0,
          sender: 0,
          receiver: 0,
          records: 0,
          elements: [{ kind: 'watermark', timestamp: 1 }],
        },
      ]),
  },
  undecodable: {
    accepts: unaligned,
    rejects: () =>
      changed(
        unaligned(),
        onSlice(input, (slice) => [{ ...slice, elements: { undecodable: '3 bytes behind the last element' } }]),
      ),
  },
  'not-replayed': {
    accepts: () => replayed({ sums: 1 }),
    rejects: () => withoutLastReplayed(replayed()),
  },
  'replayed-elsewhere': {
    accepts: replayed,
    rejects: () =>
      insertAfter(
        replayed(),
        'replayEnded',
        ({ task }) => task.vertex === 'sums' && task.subtask === 1,
        ({ task }) =>
          fact('watermarkReceived', { task, channel: { edge: 0, attempt: 1, sender: 0, receiver: 0 }, watermark: 0 }),
      ),
  },
});

/** A task leaves out the last in-flight element that it has to replay. */
function withoutLastReplayed(history: History): History {
  const end = history.steps.findIndex(
    (step) => step.step === 'fact' && step.kind === 'replayEnded' && step.fact.task.vertex === 'sums',
  );
  const isReplayed = (step: History['steps'][number], at: number): boolean =>
    at < end &&
    step.step === 'fact' &&
    step.kind === 'watermarkReceived' &&
    step.fact.channel.attempt < step.fact.task.attempt;
  const last = history.steps.findLastIndex(isReplayed);
  return { ...history, steps: history.steps.toSpliced(last, 1) };
}

it('the number of records in the metadata is that of the bytes', () => {
  expect(
    anomaliesOf(
      channelState,
      changed(
        unaligned(),
        onSlice(input, (slice) => [{ ...slice, records: 7 }]),
      ),
    ),
  ).toEqual(['altered']);
});

it('each side is held once', () => {
  expect(
    anomaliesOf(
      channelState,
      changed(
        unaligned(),
        onSlice(input, (slice) => [slice, slice]),
      ),
    ),
  ).toContain('misplaced');
});

it('a record that is kept although it was taken in turn is a surplus', () => {
  const late = tooLate().finish(2).history;
  expect(anomaliesOf(channelState, late)).toEqual([]);
  expect(
    anomaliesOf(
      channelState,
      drop(late, 'recordProcessed', ({ task }) => task.vertex === 'sums'),
    ),
  ).toContain('missing');
});

it('a record that is replayed at another task than its key group’s is not due there', () => {
  const elsewhere = change(
    replayed(),
    'recordProcessed',
    ({ task, channel }) => channel.attempt < task.attempt,
    ({ task }) => ({ task: { ...task, subtask: 1 - task.subtask } }),
  );
  expect(anomaliesOf(channelState, elsewhere)).toContain('replayed-elsewhere');
});

it('in-flight data of a channel that there was not is surplus', () => {
  const strange: ChannelSlice = {
    vertex: 'sums',
    subtask: 0,
    side: 'input',
    edge: 0,
    sender: 9,
    receiver: 0,
    records: 1,
    elements: [{ kind: 'record', value: event('a', 1), timestamp: 1, seq: 0 }],
  };
  expect(
    anomaliesOf(
      channelState,
      changed(unaligned(), (slices) => [...slices, strange]),
    ),
  ).toContain('surplus');
});
