/**
 * Conservation, edge by edge: what was sent is what was received.
 *
 * Verified at each reception: the record was sent on this channel, in this attempt or in the restored checkpoint's, where it
 * was in flight, with this value and timestamp. In every image by itself, savepoints too, and after settling: the sends in
 * the producers' effective histories are the receptions in the consumers' plus the image's channel state, as multisets of
 * send ids, by count and two 32-bit hash lanes; a traced run names the ids.
 * At least once: in every image no receiver is behind its sender's cut on any channel; after settling all that the last
 * attempt sent is received. What is received beyond a cut is a send of the same attempt, which a restore rolls back.
 * Not verified: that the receiver is the right one (law `key-groups-owned-once`); the order (laws `order`, `channel-state`).
 */
import { sameValue } from '../model/equal.ts';
import type { CheckpointImage } from '../../core/checkpoint/reader.ts';
import { Channel, type Position } from '../witness/channel.ts';
import { type PassNode, TALLY, tally } from '../witness/history.ts';
import type { Instance } from '../witness/instance.ts';
import type { Witness } from '../witness/witness.ts';
import { because, defineLaw, edgeName, type Evidence, type Report, show } from './define.ts';

type Anomaly = 'orphan' | 'altered' | 'lost' | 'doubled' | 'exchanged';
interface InFlight {
  readonly channel: Channel;
  readonly seqs: readonly number[];
}
type Histories = (uid: string) => readonly Instance[];

export const conservation = defineLaw({
  name: 'conservation',
  states: 'On each edge the sends in the producers’ histories are the receptions in the consumers’, plus what is in flight.',
  anomalies: ['orphan', 'altered', 'lost', 'doubled', 'exchanged'],
  judge: (witness, report) => ({
    received(task, channel, fact, replay) {
      const id = `${channel.sender}->${channel.receiver} #${fact.seq} of attempt ${channel.attempt}`;
      if ((channel.attempt !== task.id.attempt && replay === undefined) || fact.seq >= channel.values.length) {
        report('orphan', edgeName(witness, channel.edge), `${task.name} received a record that nobody sent to it in this attempt`, [
          ['send', id],
          ['value', show(fact.value)],
          ['attempt', String(task.id.attempt)],
        ]);
        return;
      }
      const sent = channel.values[fact.seq];
      const timestamp = channel.timestamps[fact.seq];
      if (timestamp === fact.timestamp && sameValue(sent, fact.value)) return;
      report('altered', edgeName(witness, channel.edge), `${task.name} received another record than was sent`, [
        ['send', id],
        ['sent', `${show(sent)} @ ${show(timestamp)}`],
        ['received', `${show(fact.value)} @ ${show(fact.timestamp)}`],
        ...because(channel.causes[fact.seq]),
      ]);
    },
    imaged({ cut, listed, image }) {
      if (cut === undefined || 'undecodable' in image) return;
      const when = `at ${image.kind} ${listed.checkpoint}`;
      if (isAtLeastOnce(witness)) {
        nothingLost(witness, report, when, cut.sent, (channel) => cut.received.get(channel)?.records);
        return;
      }
      balance(witness, report, when, (uid) => cut.vertices.get(uid)?.instances() ?? [], inFlightIn(image));
    },
    settled() {
      if (isAtLeastOnce(witness)) {
        const tasks = [...(witness.attempt?.tasks() ?? [])];
        const sent = new Map(tasks.flatMap((task) => task.outputs.map((channel) => [channel, channel.sentPosition] as const)));
        nothingLost(witness, report, 'after settling', sent, (channel) => channel.received);
        return;
      }
      balance(witness, report, 'after settling', (uid) => witness.vertices.get(uid)?.instances() ?? [], []);
    },
  }),
});

function isAtLeastOnce(witness: Witness): boolean {
  return witness.world.checkpointing.mode === 'at-least-once';
}

function nothingLost(
  witness: Witness,
  report: Report<Anomaly>,
  when: string,
  sent: ReadonlyMap<Channel, Position>,
  receivedOn: (channel: Channel) => number | undefined,
): void {
  for (const [channel, { records }] of sent) {
    const received = receivedOn(channel) ?? 0;
    if (received >= records) continue;
    report('lost', edgeName(witness, channel.edge), `${when}, ${edgeName(witness, channel.edge)} has sends that were not received`, [
      ['channel', `${channel.sender}->${channel.receiver} of attempt ${channel.attempt}`],
      ['sends', String(records)],
      ['receptions', String(received)],
    ]);
  }
}

/** Records of an image's channel state, as send ids. */
function inFlightIn(image: CheckpointImage): readonly InFlight[] {
  return image.vertices.flatMap(({ subtasks }) =>
    subtasks.flatMap((subtask) =>
      subtask.channelState.map(({ edge, sender, receiver, elements }) => ({
        channel: new Channel({ edge, attempt: image.attempt, sender, receiver }),
        seqs: elements.flatMap((element) => (element.kind === 'record' ? [element.seq] : [])),
      })),
    ),
  );
}

/** Every edge between two vertices. */
function balance(witness: Witness, report: Report<Anomaly>, when: string, histories: Histories, inFlight: readonly InFlight[]): void {
  for (const vertex of witness.vertices.values()) {
    for (const edge of vertex.model.outEdges) {
      const receiver = witness.vertices.get(witness.model.receiver(edge).uid);
      const sent = sum(histories(vertex.uid), vertex.sendTally[edge]);
      const received = sum(histories(receiver?.uid ?? ''), receiver?.receptionTally[edge]);
      for (const { channel, seqs } of inFlight) {
        if (channel.edge === edge) for (const seq of seqs) tally(received, 0, channel, seq);
      }
      if (sent.every((lane, i) => lane === received[i])) continue;
      const [sends = 0] = sent;
      const [receptions = 0] = received;
      const anomaly = sends > receptions ? 'lost' : sends < receptions ? 'doubled' : 'exchanged';
      const place = edgeName(witness, edge);
      report(anomaly, place, `${when}, ${place} has ${sends} sends and ${receptions} receptions and records in flight`, [
        ['sends', String(sends)],
        ['receptions and in flight', String(receptions)],
        ...named(histories(vertex.uid), histories(receiver?.uid ?? ''), edge),
      ]);
    }
  }
}

function sum(instances: readonly Instance[], at: number | undefined): number[] {
  const total = new Array<number>(TALLY).fill(0);
  if (at === undefined) return total;
  for (const { tallies } of instances) {
    total[0] = (total[0] ?? 0) + (tallies[at] ?? 0);
    for (let lane = 1; lane < TALLY; lane++) total[lane] = ((total[lane] ?? 0) + (tallies[at + lane] ?? 0)) | 0;
  }
  return total;
}

const NAMED_MAX = 5;

/** The ids that are on one side only; known in a traced run. */
function named(senders: readonly Instance[], receivers: readonly Instance[], edge: number): Evidence {
  const difference = new Map<string, { count: number; readonly node: PassNode }>();
  const count = (list: PassNode | undefined, by: number): void => {
    for (let node = list; node !== undefined; node = node.before) {
      const { channel, seq } = node;
      if (channel.edge !== edge) continue;
      const id = `${channel.sender}->${channel.receiver} #${seq} of attempt ${channel.attempt}`;
      const known = difference.get(id);
      if (known === undefined) difference.set(id, { count: by, node });
      else known.count += by;
    }
  };
  for (const instance of senders) count(instance.sends, 1);
  for (const instance of receivers) count(instance.receptions, -1);
  return [...difference]
    .filter(([, { count: left }]) => left !== 0)
    .slice(0, NAMED_MAX)
    .flatMap(([id, { count: left, node }]): Evidence => [
      [left > 0 ? 'sent, not received' : 'received, not sent', `${id}: ${show(node.channel.values[node.seq])}`],
      ...because(node.channel.causes[node.seq]),
    ]);
}
