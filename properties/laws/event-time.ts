/**
 * Event time as a whole: the panes and the late records of each key are those that follow from its history alone, the records in
 * the order in which the key saw them and the watermarks that it observed (`model/event-time.ts`, which knows no state and no timers).
 *
 * Verified after settling, for each key of a window operator of event time whose trigger fires at the windows' ends, purging or
 * not, and whose elements nothing evicts: which panes fire, in which turn, in which order; of windows that merge, that the live
 * ones are the connected components of their elements' windows (by the panes that they become); which records are late, and which
 * are of no window. It judges what the engine did, over all restores; a key whose state began anew is judged from there on.
 * Not verified: contents of panes (law `re-execution`); other triggers, which decide for themselves (`pane-legality`); jobs whose
 * model keeps no history, such as those run again to find hidden memory; histories that another version of
 * the job began; histories above a bound.
 */
import type { WindowSpec } from '../../core/job/spec.ts';
import { canonical } from '../model/equal.ts';
import { eventTimeOf, type Observed } from '../model/event-time.ts';
import { isOfEventTime } from '../model/time.ts';
import type { Model, ModelVertex } from '../model/types.ts';
import type { TurnNode } from '../witness/turn-log.ts';
import { defineLaw } from './define.ts';
import { note } from './evidence.ts';
import { firesAtTheEnd, windowsAt } from './heads.ts';

/** Turns of one key group: what is above takes the law longer than the run. */
const TURNS_MAX = 5_000;

export const eventTime = defineLaw({
  name: 'event-time',
  states: 'The panes that fire for a key, and the records that are late, follow from its records and watermarks alone.',
  compares: 'panes and late records of keys at event-time windows',
  anomalies: ['missing', 'surplus', 'late'],
  judge: (witness, report, compared) => ({
    settled: () => {
      const { model } = witness;
      for (const record of witness.vertices.values()) {
        const { uid, model: vertex } = record;
        const operator = windowsAt(witness, record);
        if (operator === undefined || !isPlain(operator)) continue;
        for (const { log, turns, inherits } of witness.finalInstances(uid)) {
          if (log === undefined || inherits || turns > TURNS_MAX) continue;
          for (const [key, { seen, did }] of historiesOf(model, vertex, log)) {
            const says = eventTimeOf(rulesOf(operator), seen).map(({ step, ...said }) =>
              said.kind === 'pane' ? text(step, `[${said.window.start}, ${said.window.end})`) : text(step, said.kind),
            );
            if (says.length > 0 || did.length > 0) compared();
            const at = says.findIndex((one, i) => one !== did[i]);
            const first = at >= 0 ? at : did.length > says.length ? says.length : -1;
            if (first < 0) continue;
            const [should, does] = [says[first], did[first]];
            const isOfRecord = [should, does].some(
              (one) => one?.endsWith('late') === true || one?.endsWith('unassigned') === true,
            );
            const anomaly = isOfRecord ? 'late' : should !== undefined && !did.includes(should) ? 'missing' : 'surplus';
            report(anomaly, uid, `${uid} did something else for a key than follows from its records and watermarks`, [
              note.text('key', key),
              note.text('expected', should ?? 'nothing more'),
              note.text('actual', does ?? 'nothing more'),
            ]);
          }
        }
      }
    },
  }),
});

function isPlain(spec: WindowSpec): boolean {
  return isOfEventTime(spec.assigner) && firesAtTheEnd(spec) && spec.evictor === undefined;
}

function rulesOf({ assigner, allowedLatenessMs, trigger }: WindowSpec) {
  return { assigner, allowedLatenessMs, purges: trigger.kind === 'purging' };
}

/** What a key saw, and what was done about it: turn by turn, a pane or the fate of a record. */
interface History {
  seen: Observed[];
  did: string[];
}

/** Of each key of a key group. All keys observe the watermark of the group. */
function historiesOf(model: Model, vertex: ModelVertex, last: TurnNode): ReadonlyMap<string, History> {
  const nodes: TurnNode[] = [];
  for (let node: TurnNode | undefined = last; node !== undefined; node = node.before) nodes.push(node);
  const histories = new Map<string, History>();
  const of = (key: string): History => {
    let known = histories.get(key);
    if (known === undefined) histories.set(key, (known = { seen: [], did: [] }));
    return known;
  };
  for (const node of nodes.reverse()) {
    const { order: step, input, eff, windows } = node;
    if (input.kind === 'afresh') {
      histories.clear();
      continue;
    }
    if (input.kind === 'record') {
      const { timestamp, value } = input;
      const key = keyOf(model, vertex, input.edge, value);
      if (key === undefined || timestamp === undefined) continue;
      const { seen } = of(key);
      // Watermarks that no timer waited for are no turns of the key group.
      seen.push({ kind: 'watermark', step, watermark: eff }, { kind: 'element', step, value, timestamp });
      if (windows?.fate !== undefined) of(key).did.push(text(step, windows.fate));
    }
    if (input.kind === 'advance') {
      for (const { seen } of histories.values()) seen.push({ kind: 'watermark', step, watermark: eff });
    }
    for (const { key, window } of windows?.panes ?? [])
      of(canonical(key)).did.push(text(step, `[${window.start}, ${window.end})`));
  }
  return histories;
}

function keyOf({ job }: Model, { inEdges }: ModelVertex, edge: number, value: unknown): string | undefined {
  const partition = inEdges.includes(edge) ? job.edges[edge]?.partition : undefined;
  if (partition?.kind !== 'hash') return undefined;
  const { key } = partition;
  return canonical(key(value));
}

function text(step: number, what: string): string {
  return `turn ${step}: ${what}`;
}
