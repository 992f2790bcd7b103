/**
 * Conservation, edge by edge: what was sent is what was received, or is in flight.
 *
 * Verified at each reception: the record was sent on this channel with this value and timestamp, in this attempt or, as
 * in-flight data of the restored checkpoint that is due at this task, in the one that took it. For every image by itself
 * (checkpoints and savepoints of every kind, restored or not) and after settling: the sends in the producers' effective
 * histories are the same multiset of send ids as the receptions in the consumers' together with the in-flight records that
 * the image holds, by count and two 32-bit hash lanes; a traced run names the ids. At least once, a checkpoint's receivers
 * may have gone past the barrier: these receptions, of sends that a restore takes back, are counted apart (`Cut.surplus`).
 * Not verified: watermarks and statuses in flight, and values in the image (law `channel-state`); that the receiver is the
 * right one (law `key-groups-owned-once`); the order (law `order`).
 */
import { sameValue } from '../model/equal.ts';
import { type PassNode, tally, TALLY } from '../witness/history.ts';
import type { Instance } from '../witness/instance.ts';
import { channelKey, type ChannelRecord } from '../witness/channel.ts';
import type { WitnessedImage } from '../witness/checkpoints.ts';
import type { Cut } from '../witness/cut.ts';
import type { Witness } from '../witness/witness.ts';
import { type Compared, defineLaw, edgeName, type Report } from './define.ts';
import { because, type Evidence, note, show } from './evidence.ts';

const ANOMALIES = ['orphan', 'altered', 'lost', 'doubled', 'exchanged'] as const;
type Anomaly = (typeof ANOMALIES)[number];
type Histories = (uid: string) => readonly Instance[];

export const conservation = defineLaw({
  name: 'conservation',
  states: 'On each edge the sends in the producers’ histories are the receptions in the consumers’ histories.',
  compares: 'records that are received',
  anomalies: ANOMALIES,
  judge: (witness, report, compared) => ({
    recordProcessed(task, channel, fact, replay) {
      compared();
      const end = replay === undefined ? channel.values.length : replay.to.records;
      if ((replay === undefined && channel.attempt !== witness.attempt?.attemptOf(channel.edge)) || fact.seq >= end) {
        report(
          'orphan',
          edgeName(witness, channel.edge),
          `${task.name} received a record that no task sent to it in this attempt, and that is not in flight in the restored checkpoint`,
          [
            note.text('send', idOf(channel, fact.seq)),
            note.value('value', fact.value),
            note.value('attempt', task.id.attempt),
          ],
        );
        return;
      }
      const sent = channel.values[fact.seq];
      const timestamp = channel.timestamps[fact.seq];
      if (timestamp === fact.timestamp && sameValue(sent, fact.value)) return;
      report('altered', edgeName(witness, channel.edge), `${task.name} received another record than was sent`, [
        note.text('send', idOf(channel, fact.seq)),
        note.text('sent', `${show(sent)} @ ${show(timestamp)}`),
        note.text('received', `${show(fact.value)} @ ${show(fact.timestamp)}`),
        ...because(channel.causes[fact.seq]),
      ]);
    },
    imaged({ cut, listed, image, missing }) {
      if (cut === undefined || missing.length > 0 || 'undecodable' in image) return;
      const name = `at checkpoint ${listed.checkpoint}`;
      balance(witness, report, compared, {
        name,
        histories: (uid) => cut.vertices.get(uid)?.instances() ?? [],
        surplus: surplusOf(witness, cut),
        carried: cut.carried,
        inFlight: inFlightOf(cut, image),
      });
    },
    settled() {
      const surplus = witness.attempt?.base?.surplus ?? NONE;
      balance(witness, report, compared, {
        name: 'after settling',
        histories: (uid) => witness.finalInstances(uid),
        surplus,
        carried: witness.attempt?.base?.carried ?? NONE,
        inFlight: NONE,
      });
    },
  }),
});

function idOf({ sender, receiver, attempt }: ChannelRecord, seq: number): string {
  return `${sender}->${receiver} #${seq} of attempt ${attempt}`;
}

/** By edge. */
type Tallies = ReadonlyMap<number, readonly number[]>;
const NONE: Tallies = new Map();

interface Balance {
  readonly name: string;
  readonly histories: Histories;
  readonly surplus: Tallies;
  /** Sends of an earlier version of the job that were in flight when this one was started. */
  readonly carried: Tallies;
  readonly inFlight: Tallies;
}

/** Only at least once may a task take records from behind a barrier. */
function surplusOf(witness: Witness, cut: Cut): Tallies {
  return witness.world.checkpointing.mode === 'at-least-once' ? cut.surplus : NONE;
}

/** The records that the image holds, by their send ids. */
function inFlightOf(cut: Cut, image: WitnessedImage): Tallies {
  const sums = new Map<number, number[]>();
  for (const { edge, sender, receiver, elements } of image.channels) {
    const channel = cut.channels.get(channelKey({ edge, attempt: cut.attempt, sender, receiver }))?.channel;
    if (channel === undefined || 'undecodable' in elements) continue;
    const lanes = sums.get(edge) ?? new Array<number>(TALLY).fill(0);
    sums.set(edge, lanes);
    for (const element of elements) if (element.kind === 'record') tally(lanes, 0, channel, element.seq);
  }
  return sums;
}

/** Every edge between two vertices. */
function balance(
  witness: Witness,
  report: Report<Anomaly>,
  compared: Compared,
  { name, histories, surplus, carried, inFlight }: Balance,
): void {
  for (const vertex of witness.vertices.values()) {
    for (const edge of vertex.model.outEdges) {
      const receiver = witness.vertices.get(witness.model.receiver(edge).uid);
      const own = plus(sum(histories(vertex.uid), vertex.sendTally[edge]), carried.get(edge));
      const sent = plus(own, surplus.get(edge));
      const received = plus(sum(histories(receiver?.uid ?? ''), receiver?.receptionTally[edge]), inFlight.get(edge));
      const [sends = 0] = sent;
      const [receptions = 0] = received;
      if (sends > 0 || receptions > 0) compared();
      if (sent.every((lane, i) => lane === received[i])) continue;
      const anomaly = sends > receptions ? 'lost' : sends < receptions ? 'doubled' : 'exchanged';
      const place = edgeName(witness, edge);
      const flying = inFlight.get(edge)?.[0] ?? 0;
      report(
        anomaly,
        place,
        `${name}, ${place} has ${sends} sends and ${receptions} receptions${flying > 0 ? `, ${flying} of them in flight` : ''}`,
        [
          note.value('sends', sends),
          note.value('receptions', receptions),
          ...named(histories(vertex.uid), histories(receiver?.uid ?? ''), edge),
        ],
      );
    }
  }
}

function plus(total: number[], lanes: readonly number[] | undefined): number[] {
  if (lanes === undefined) return total;
  return total.map((lane, i) => (i === 0 ? lane + (lanes[i] ?? 0) : (lane + (lanes[i] ?? 0)) | 0));
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
      const id = idOf(channel, seq);
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
      note.text(
        left > 0 ? 'sent, not received' : 'received, not sent',
        `${id}: ${show(node.channel.values[node.seq])}`,
      ),
      ...because(node.channel.causes[node.seq]),
    ]);
}
