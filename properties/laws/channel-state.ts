/**
 * In-flight data: what a checkpoint keeps of a channel is what lay between its two ends.
 *
 * Verified in every image, savepoints too, without restoring it: for each channel of the attempt, its state (the receiver's
 * part, then the sender's) is exactly the records, watermarks and statuses that were sent before the sender's cut and not
 * taken before the receiver's, in order, with their values and timestamps. So a channel whose two ends are at the same
 * place has none: aligned checkpoints, savepoints, forced nodes. A restored task processes exactly its part of it, channel by
 * channel in order, before it takes anything from a new channel.
 * Not verified: which side kept an element; channels in which the receiver is ahead of the sender (laws `barrier-discipline`
 * and `conservation`); that the replayed records are the right task's (laws `key-groups-owned-once`, `conservation`).
 */
import type { ChannelStateImage } from '../../core/checkpoint/reader.ts';
import { sameValue } from '../model/equal.ts';
import type { Cut } from '../witness/attempt.ts';
import type { Channel, ChannelElement } from '../witness/channel.ts';
import type { ReplayedChannel } from '../witness/replay.ts';
import type { TaskRecord } from '../witness/task.ts';
import type { Witness } from '../witness/witness.ts';
import { defineLaw, edgeName, type Report, show } from './define.ts';

type Anomaly = 'missing' | 'surplus' | 'altered' | 'out-of-order' | 'new-before-replayed' | 'not-replayed';
type Element = ChannelStateImage['elements'][number];

export const channelState = defineLaw({
  name: 'channel-state',
  states: 'The state of a channel in a checkpoint is exactly what lay between its two ends, in order, and is replayed so.',
  anomalies: ['missing', 'surplus', 'altered', 'out-of-order', 'new-before-replayed', 'not-replayed'],
  judge(witness, report) {
    const takesNew = (task: TaskRecord, channel: Channel, what: string): void => {
      if (task.replays.length === 0 || channel.attempt !== task.id.attempt) return;
      const left = leftOf(task);
      if (left === undefined) return;
      report('new-before-replayed', task.vertex.uid, `${task.name} took ${what} of a new channel before all in-flight data was processed`, [
        ['channel', `${edgeName(witness, channel.edge)} from subtask ${channel.sender}`],
        ['still to come', text(left.channel, left.next)],
      ]);
    };
    return {
      imaged({ image, cut, missing, listed }) {
        if (cut === undefined || missing.length > 0 || 'undecodable' in image) return;
        const parts = image.vertices.flatMap(({ subtasks }) => subtasks.flatMap(({ channelState: parts }) => parts));
        judgeImage(witness, report, `${image.kind} ${listed.checkpoint}`, cut, parts);
      },
      received(task, channel, fact, replay) {
        if (replay === undefined) {
          takesNew(task, channel, `record #${fact.seq}`);
          return;
        }
        const { next } = replay;
        if (next?.kind === 'record' && next.seq === fact.seq) return;
        outOfOrder(witness, report, task, replay, `record #${fact.seq}`);
      },
      watermarkReceived(task, channel, watermark, arrival, replay) {
        if (replay === undefined) takesNew(task, channel, `watermark ${watermark}`);
        else if (arrival !== 'in-place') outOfOrder(witness, report, task, replay, `watermark ${watermark}`);
      },
      statusReceived(task, channel, idle, arrival, replay) {
        if (replay === undefined) takesNew(task, channel, 'a status');
        else if (arrival !== 'in-place') outOfOrder(witness, report, task, replay, idle ? 'idle' : 'active');
      },
      replayEnded(task) {
        const left = leftOf(task);
        if (left === undefined) return;
        report('not-replayed', task.vertex.uid, `${task.name} ends its replay before all in-flight data was processed`, [
          ['still to come', text(left.channel, left.next)],
        ]);
      },
    };
  },
});

function leftOf(task: TaskRecord): { readonly channel: Channel; readonly next: ChannelElement } | undefined {
  for (const replay of task.replays) {
    const { next } = replay;
    if (next !== undefined) return { channel: replay.channel, next };
  }
  return undefined;
}

function outOfOrder(witness: Witness, report: Report<Anomaly>, task: TaskRecord, replay: ReplayedChannel, what: string): void {
  report('out-of-order', edgeName(witness, replay.channel.edge), `${task.name} replayed ${what} where something else was due`, [
    ['channel', channelName(replay.channel)],
    ['expected', replay.next === undefined ? 'nothing' : text(replay.channel, replay.next)],
    ['actual', what],
  ]);
}

function judgeImage(witness: Witness, report: Report<Anomaly>, name: string, cut: Cut, parts: readonly ChannelStateImage[]): void {
  const kept = new Map<string, Element[]>();
  for (const side of ['input', 'output']) {
    for (const part of parts) {
      if (part.side !== side) continue;
      const key = keyOf(part);
      const known = kept.get(key);
      if (known === undefined) kept.set(key, [...part.elements]);
      else known.push(...part.elements);
    }
  }
  for (const [channel, to] of cut.sent) {
    const from = cut.received.get(channel);
    if (from === undefined) continue;
    const key = keyOf(channel);
    const stored = kept.get(key);
    kept.delete(key);
    // Most channels are empty at most cuts.
    if (stored === undefined && from.records >= to.records && from.controls >= to.controls) continue;
    judgeChannel(witness, report, name, channel, channel.between(from, to), stored ?? []);
  }
  for (const part of parts) {
    if (!kept.has(keyOf(part))) continue;
    report('surplus', edgeName(witness, part.edge), `${name} holds in-flight data of a channel that is none of its attempt`, [
      ['channel', `${part.sender}->${part.receiver}`],
    ]);
  }
}

function judgeChannel(witness: Witness, report: Report<Anomaly>, name: string, channel: Channel, due: readonly ChannelElement[], stored: readonly Element[]): void {
  for (let i = 0; i < Math.max(due.length, stored.length); i++) {
    const expected = due[i];
    const actual = stored[i];
    if (expected !== undefined && actual !== undefined && isSame(channel, expected, actual)) continue;
    const isLater = actual !== undefined && due.some((element) => isSame(channel, element, actual));
    const wasDue = expected !== undefined && stored.some((element) => isSame(channel, expected, element));
    const sameId = expected?.kind === 'record' && actual?.kind === 'record' && expected.seq === actual.seq;
    const anomaly = sameId ? 'altered' : wasDue && isLater ? 'out-of-order' : expected !== undefined && !wasDue ? 'missing' : 'surplus';
    report(anomaly, edgeName(witness, channel.edge), `${name} holds other in-flight data than lay in a channel`, [
      ['channel', channelName(channel)],
      ['expected', expected === undefined ? 'nothing more' : text(channel, expected)],
      ['actual', actual === undefined ? 'nothing more' : elementText(actual)],
      ['elements', `${due.length} expected, ${stored.length} held`],
    ]);
    return;
  }
}

function isSame(channel: Channel, expected: ChannelElement, actual: Element): boolean {
  switch (expected.kind) {
    case 'record':
      return (
        actual.kind === 'record' && actual.seq === expected.seq && actual.timestamp === channel.timestamps[expected.seq] &&
        sameValue(actual.value, channel.values[expected.seq])
      );
    case 'watermark':
      return actual.kind === 'watermark' && actual.timestamp === expected.value;
    case 'status':
      return actual.kind === 'status' && actual.idle === (expected.value === 1);
  }
}

function keyOf({ edge, sender, receiver }: { readonly edge: number; readonly sender: number; readonly receiver: number }): string {
  return `${edge}/${sender}/${receiver}`;
}
function channelName({ sender, receiver, attempt }: Channel): string {
  return `${sender}->${receiver} of attempt ${attempt}`;
}
function text(channel: Channel, element: ChannelElement): string {
  if (element.kind === 'record') return `record #${element.seq}: ${show(channel.values[element.seq])} @ ${show(channel.timestamps[element.seq])}`;
  return element.kind === 'watermark' ? `watermark ${element.value}` : element.value === 1 ? 'idle' : 'active';
}
function elementText(element: Element): string {
  if (element.kind === 'record') return `record #${element.seq}: ${show(element.value)} @ ${show(element.timestamp)}`;
  return element.kind === 'watermark' ? `watermark ${element.timestamp}` : element.kind;
}
