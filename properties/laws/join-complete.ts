/**
 * A join is complete: a pair within the bounds of an interval join comes exactly once iff neither element was late and the
 * effective watermark did not reach the clean-up time of the first between the two arrivals; otherwise never (SEMANTICS J1).
 *
 * Verified after settling, for each key of an interval join, over all restores: the pairs that the engine made in the turn of
 * each element, and which elements it called late, against what follows from the elements and the watermarks that they met
 * (`model/pairs.ts`, which knows no buffers and no timers). A key whose state began anew is judged from there on.
 * Not verified: what the function makes of a pair (law `re-execution`); that buffers end empty (that law's image, and
 * `state-ends-empty`); jobs whose model keeps no history; histories that another version of
 * the job began; histories above a bound. Window joins are windows (law `event-time`).
 */
import type { IntervalJoinSpec } from '../../core/job/spec.ts';
import { canonical } from '../model/equal.ts';
import { type Arrival, pairsOf } from '../model/pairs.ts';
import type { ModelVertex } from '../model/types.ts';
import type { TurnNode } from '../witness/turn-log.ts';
import type { Witness } from '../witness/witness.ts';
import { defineLaw } from './define.ts';
import { note } from './evidence.ts';
import { headOf } from './heads.ts';

/** Turns of one key group: what is above takes the law longer than the run. */
const TURNS_MAX = 5_000;

export const joinComplete = defineLaw({
  name: 'join-complete',
  states: 'A pair within the bounds comes once iff neither was late and the first had not been cleaned up, else never.',
  compares: 'elements of interval joins',
  anomalies: ['missing', 'surplus', 'late'],
  judge: (witness, report, compared) => ({
    settled: () => {
      for (const record of witness.vertices.values()) {
        const operator = headOf(witness, record);
        if (operator?.kind !== 'intervalJoin') continue;
        const { uid } = record;
        for (const { log, turns, inherits } of witness.finalInstances(uid)) {
          if (log === undefined || inherits || turns > TURNS_MAX) continue;
          for (const seen of historiesOf(witness, record.model, operator, log).values()) {
            const fates = pairsOf(
              operator,
              seen.map(({ arrival }) => arrival),
            );
            for (const [position, { arrival, late, pairs }] of seen.entries()) {
              const fate = fates[position];
              if (fate === undefined) continue;
              compared();
              const due = fate.partners.map((partner) => pairText(arrival, partner));
              const missing = due.find((pair) => count(due, pair) > count(pairs, pair));
              const surplus = pairs.find((pair) => count(pairs, pair) > count(due, pair));
              if (missing === undefined && surplus === undefined && late === fate.late) continue;
              const anomaly = late !== fate.late ? 'late' : missing !== undefined ? 'missing' : 'surplus';
              report(anomaly, uid, `${uid} ${MESSAGES[anomaly]}`, [
                note.text('element', text(arrival)),
                note.value('effective watermark', arrival.watermark),
                note.text('expected', fate.late ? 'late' : (missing ?? due.join('; '))),
                note.text('actual', late ? 'late' : (surplus ?? pairs.join('; '))),
              ]);
            }
          }
        }
      }
    },
  }),
});

const MESSAGES = {
  late: 'called an element late that was in time, or took one that was late',
  missing: 'did not join a pair that lies within the bounds, of which the first element still waited',
  surplus: 'joined a pair that is none, or one of which the first element had been cleaned up, or one twice',
} as const;

/** An element, and what the engine did in its turn. */
interface Seen {
  readonly arrival: Arrival;
  readonly late: boolean;
  readonly pairs: readonly string[];
}

/** By key, in order of arrival. */
function historiesOf(
  { model }: Witness,
  { inEdges }: ModelVertex,
  { firstInputs }: IntervalJoinSpec,
  last: TurnNode,
): ReadonlyMap<string, readonly Seen[]> {
  const nodes: TurnNode[] = [];
  for (let node: TurnNode | undefined = last; node !== undefined; node = node.before) nodes.push(node);
  const histories = new Map<string, Seen[]>();
  for (const { input, eff, windows, pairs } of nodes.reverse()) {
    if (input.kind === 'afresh') histories.clear();
    if (input.kind !== 'record' || input.timestamp === undefined) continue;
    const { edge, value, timestamp } = input;
    const partition = model.job.edges[edge]?.partition;
    if (partition?.kind !== 'hash') continue;
    const key = canonical(partition.key(value));
    const side = inEdges.indexOf(edge) < firstInputs ? 'left' : 'right';
    const arrival: Arrival = { side, value, at: timestamp, watermark: eff };
    const joined = pairs.map(
      (pair) => `${canonical(pair.left)} @ ${pair.leftTimestamp}, ${canonical(pair.right)} @ ${pair.rightTimestamp}`,
    );
    const seen = histories.get(key) ?? [];
    seen.push({ arrival, late: windows?.fate === 'late', pairs: joined });
    histories.set(key, seen);
  }
  return histories;
}

function pairText(arrival: Arrival, partner: Arrival): string {
  const [left, right] = arrival.side === 'left' ? [arrival, partner] : [partner, arrival];
  return `${text(left)}, ${text(right)}`;
}
function text({ value, at }: Arrival): string {
  return `${canonical(value)} @ ${at}`;
}
function count(pairs: readonly string[], pair: string): number {
  return pairs.filter((one) => one === pair).length;
}
