/**
 * Channel state: the in-flight data of an image is exactly what was in flight at its cut, and a restore replays it.
 *
 *     sender    r0 r1 r2 w7 r3 |cut|         in flight: r2 w7 r3, in this order
 *     receiver  r0 r1 |cut|                  receiver's side: what it had queued, or still got before the barrier
 *                                            sender's side: what the barrier overtook in the output queue
 *
 * Verified for every image, from its bytes: of each channel, the receiver's side followed by the sender's side is, element by
 * element (sequence number, value, timestamp, watermark, status), what lies between the receiver's and the sender's place at
 * their cuts by the facts; each side is held once, by the task at that end of the channel; the count of records in the
 * metadata is that of the bytes. There is none for savepoints, at least once, in aligned jobs, and into a vertex that is
 * forced to align. Of a restore: when the replay of a task has ended, and when the task has finished, everything that is
 * due there has been taken, and nothing is taken from an old channel that is not due.
 * Not verified: where between the two sides the data was split; order of the replay (law `order`); that all data of a cut is accounted
 * for over all channels (law `conservation`, which needs no places).
 */
import { sameValue } from '../model/equal.ts';
import type { StreamElement } from '../../core/channels/elements.ts';
import type { ChannelSlice } from '../witness/channel-state.ts';
import { channelKey, type ChannelRecord, type DataElement } from '../witness/channel.ts';
import type { CompletedCheckpoint, WitnessedImage } from '../witness/checkpoints.ts';
import type { Cut } from '../witness/cut.ts';
import type { ReplayedChannel } from '../witness/replayed-channel.ts';
import type { TaskRecord } from '../witness/task.ts';
import type { Witness } from '../witness/witness.ts';
import { type Compared, defineLaw, edgeName, NO_CHECKPOINTS, type Report } from './define.ts';
import { type Evidence, note, show } from './evidence.ts';
import { mayOvertake, modeOf } from './modes.ts';

const ANOMALIES = [
  'missing',
  'surplus',
  'altered',
  'reordered',
  'misplaced',
  'not-allowed',
  'undecodable',
  'not-replayed',
  'replayed-elsewhere',
] as const;
type Anomaly = (typeof ANOMALIES)[number];

export const channelState = defineLaw({
  name: 'channel-state',
  states:
    'The in-flight data of an image is what was between receiver and sender at the cut, and a restore replays exactly that.',
  compares: 'in-flight data that is held, or due',
  anomalies: ANOMALIES,
  notInBatch: NO_CHECKPOINTS,
  judge(witness, report, compared) {
    const allReplayed = (task: TaskRecord): void => {
      if (task.replays.length > 0) compared();
      const left = task.replays.find((replay) => !replay.isDone);
      if (left === undefined) return;
      report(
        'not-replayed',
        edgeName(witness, left.channel.edge),
        `${task.name} goes on without all in-flight data of the restored checkpoint`,
        [
          note.channel('old channel', left.channel),
          note.text('next record that is due', `#${left.nextRecord} of ${left.to.records}`),
        ],
      );
    };
    const isDue = (task: TaskRecord, channel: ChannelRecord, replay: ReplayedChannel | undefined): void => {
      if (channel.attempt === task.id.attempt) return;
      compared();
      if (replay !== undefined) return;
      report(
        'replayed-elsewhere',
        edgeName(witness, channel.edge),
        `${task.name} takes data from an old channel of which nothing is due there`,
        [note.channel('old channel', channel)],
      );
    };
    return {
      imaged(completed) {
        judgeImage(witness, report, compared, completed);
      },
      recordProcessed: (task, channel, _fact, replay) => {
        isDue(task, channel, replay);
      },
      watermarkReceived: (task, channel, _fact, _arrival, replay) => {
        isDue(task, channel, replay);
      },
      statusReceived: (task, channel, _fact, _arrival, replay) => {
        isDue(task, channel, replay);
      },
      replayEnded: allReplayed,
      taskFinished: allReplayed,
    };
  },
});

function judgeImage(
  witness: Witness,
  report: Report<Anomaly>,
  compared: Compared,
  { image, cut, missing }: CompletedCheckpoint,
): void {
  if ('undecodable' in image) return;
  for (const slice of image.channels) {
    const { elements, records } = slice;
    compared();
    const place = edgeName(witness, slice.edge);
    if ('undecodable' in elements) {
      report(
        'undecodable',
        place,
        `checkpoint ${image.checkpoint} holds in-flight data of ${sliceText(slice)} that cannot be read`,
        [note.text('why', elements.undecodable)],
      );
    } else if (elements.filter(({ kind }) => kind === 'record').length !== records) {
      report(
        'altered',
        place,
        `checkpoint ${image.checkpoint} says that ${sliceText(slice)} holds ${records} records`,
        [note.value('records', elements.filter(({ kind }) => kind === 'record').length)],
      );
    }
  }
  judgePlaces(witness, report, image);
  if (cut === undefined || missing.length > 0) return;
  judgeStrays(witness, report, image, cut);
  for (const { channel } of cut.channels.values()) judgeChannel(witness, report, compared, image, cut, channel);
}

/** In-flight data of a channel that there was not. */
function judgeStrays(witness: Witness, report: Report<Anomaly>, image: WitnessedImage, cut: Cut): void {
  const known = new Set(
    [...cut.channels.values()].map(({ channel: { edge, sender, receiver } }) =>
      channelKey({ edge, attempt: 0, sender, receiver }),
    ),
  );
  for (const slice of image.channels) {
    const { edge, sender, receiver } = slice;
    if (known.has(channelKey({ edge, attempt: 0, sender, receiver }))) continue;
    report(
      'surplus',
      edgeName(witness, edge),
      `checkpoint ${image.checkpoint} holds in-flight data of ${sliceText(slice)}, a channel that the attempt did not have`,
      [note.text('held by', `${slice.vertex}[${slice.subtask}]`)],
    );
  }
}

/** Each side once, at its own task, and only where in-flight data may be. */
function judgePlaces(witness: Witness, report: Report<Anomaly>, image: WitnessedImage): void {
  const mode = modeOf(witness.world.checkpointing, kindOf(image.kind));
  const seen = new Set<string>();
  for (const slice of image.channels) {
    const { edge, sender, receiver, side } = slice;
    const place = edgeName(witness, edge);
    if (witness.model.job.edges[edge] === undefined) continue;
    const evidence: Evidence = [note.text('held by', `${slice.vertex}[${slice.subtask}]`), note.text('side', side)];
    if (!mayOvertake(mode, witness.model.job, witness.model.receiver(edge))) {
      report(
        'not-allowed',
        place,
        `checkpoint ${image.checkpoint} (${image.kind}) holds in-flight data of ${sliceText(slice)}, where every barrier takes its turn`,
        evidence,
      );
    }
    const owner =
      side === 'input'
        ? witness.model.receiver(edge).uid
        : side === 'output'
          ? witness.model.sender(edge).uid
          : undefined;
    const name = `${channelKey({ edge, attempt: 0, sender, receiver })}/${side}`;
    if (owner === slice.vertex && slice.subtask === (side === 'input' ? receiver : sender) && !seen.has(name)) {
      seen.add(name);
      continue;
    }
    report(
      'misplaced',
      place,
      `checkpoint ${image.checkpoint} holds the ${side} side of ${sliceText(slice)} ${seen.has(name) ? 'twice' : 'at another task'}`,
      evidence,
    );
  }
}

function kindOf(kind: string): 'checkpoint' | 'savepoint' {
  return kind === 'checkpoint' ? 'checkpoint' : 'savepoint';
}

function judgeChannel(
  witness: Witness,
  report: Report<Anomaly>,
  compared: Compared,
  image: WitnessedImage,
  cut: Cut,
  channel: ChannelRecord,
): void {
  const { edge, sender, receiver } = channel;
  const slices = image.channels.filter(
    (slice) => slice.edge === edge && slice.sender === sender && slice.receiver === receiver,
  );
  const expected = cut.channels.get(channel.key)?.inFlight() ?? [];
  if (slices.length === 0 && (expected.length === 0 || isEndForNobody(witness, channel, expected))) return;
  const actual = [
    ...slices.filter(({ side }) => side === 'input'),
    ...slices.filter(({ side }) => side !== 'input'),
  ].flatMap(({ elements }) => ('undecodable' in elements ? [] : elements));
  if (slices.some(({ elements }) => 'undecodable' in elements)) return;
  compared();
  const at = firstDifference(actual, expected);
  if (at === undefined) return;
  const place = edgeName(witness, edge);
  report(
    anomalyOf(actual, expected, at),
    place,
    `checkpoint ${image.checkpoint} does not hold what was in flight on ${textOf(channel)}`,
    [
      note.value('position', at),
      note.text('expected', expected[at] === undefined ? 'nothing' : dataText(expected[at])),
      note.text('actual', actual[at] === undefined ? 'nothing' : elementText(actual[at])),
      note.values('in flight at the cut', expected.map(dataText)),
      note.values('held', actual.map(elementText)),
    ],
  );
}

/**
 * All subtasks of the receiver had finished in the restored checkpoint, and those of the sender had not: it tells the end of its input
 * again, and there is nobody to hear it.
 */
function isEndForNobody(witness: Witness, { edge, attempt }: ChannelRecord, expected: readonly DataElement[]): boolean {
  const isFinished = witness.vertices.get(witness.model.receiver(edge).uid)?.finishedOnRestore === true;
  return isFinished && attempt === witness.attempt?.number && expected.every(({ kind }) => kind !== 'record');
}

function firstDifference(actual: readonly StreamElement[], expected: readonly DataElement[]): number | undefined {
  for (let i = 0; i < Math.max(actual.length, expected.length); i++) if (!same(actual[i], expected[i])) return i;
  return undefined;
}

function same(a: StreamElement | undefined, b: DataElement | undefined): boolean {
  if (a === undefined || b === undefined || a.kind !== b.kind) return false;
  switch (b.kind) {
    case 'record':
      return a.kind === 'record' && a.seq === b.seq && a.timestamp === b.timestamp && sameValue(a.value, b.value);
    case 'watermark':
      return a.kind === 'watermark' && a.timestamp === b.timestamp;
    case 'status':
      return a.kind === 'status' && a.idle === b.idle;
  }
}

/** The same identity; the values may differ. */
function isSameElement(a: StreamElement, b: DataElement): boolean {
  return a.kind === 'record' && b.kind === 'record' ? a.seq === b.seq : same(a, b);
}

function anomalyOf(actual: readonly StreamElement[], expected: readonly DataElement[], at: number): Anomaly {
  const due = expected[at];
  const held = actual[at];
  if (due !== undefined && held !== undefined && isSameElement(held, due)) return 'altered';
  if (actual.some((a) => !expected.some((b) => isSameElement(a, b))) && actual.length >= expected.length)
    return 'surplus';
  if (actual.length === expected.length) return 'reordered';
  return actual.length < expected.length ? 'missing' : 'surplus';
}

function dataText(element: DataElement): string {
  switch (element.kind) {
    case 'record':
      return `#${element.seq} ${show(element.value)}`;
    case 'watermark':
      return `watermark ${element.timestamp}`;
    case 'status':
      return element.idle ? 'idle' : 'active';
  }
}
function elementText(element: StreamElement): string {
  return element.kind === 'record' || element.kind === 'watermark' || element.kind === 'status'
    ? dataText(element)
    : element.kind;
}
function textOf({ sender, receiver, attempt }: ChannelRecord): string {
  return `${sender}->${receiver} of attempt ${attempt}`;
}
function sliceText({ sender, receiver }: ChannelSlice): string {
  return `${sender}->${receiver}`;
}
