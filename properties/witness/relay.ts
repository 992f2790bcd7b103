/**
 * Facts that change nothing in the witness's records: resolved to task and channel, and handed to the laws. Every kind
 * that no other probe of the witness handles goes this way, so that a new fact needs no line here.
 */
import { type ChannelId, type FactKind, type Probe, probeOf, type TaskId } from '../../core/facts.ts';
import type { AttemptRecord } from './attempt.ts';
import { type Heard, tell } from './heard.ts';
import type { TaskRecord } from './task.ts';

/** What of the witness those who handle facts need. */
export interface FactContext {
  readonly heard: Heard;
  readonly attempt: AttemptRecord | undefined;
  /** A task of the newest attempt. */
  task(id: TaskId): TaskRecord | undefined;
}

interface Fields {
  readonly task?: TaskId;
  readonly channel?: ChannelId;
  readonly attempt?: number;
}

/** Facts that are passed on unchanged, of any attempt. */
const OF_ANY_ATTEMPT: ReadonlySet<FactKind> = new Set<FactKind>([
  'slotsChanged',
  'attemptFailed',
  'transactionPrepared',
  'transactionCommitted',
  'transactionAborted',
]);

/** For each of these kinds that a law hears. */
export function relayProbe(context: FactContext, kinds: readonly FactKind[]): Probe {
  const relays: Record<string, (fact: Fields) => void> = {};
  for (const kind of kinds) {
    // That these listeners take what a fact of this kind resolves to is beyond the types.
    const hears = context.heard[kind] as readonly ((...hearing: readonly unknown[]) => void)[];
    if (hears.length > 0) relays[kind] = OF_ANY_ATTEMPT.has(kind) ? asItIs(hears) : resolved(context, hears);
  }
  return relays;
}

type Hears = readonly ((...hearing: readonly unknown[]) => void)[];

function asItIs(hears: Hears): (fact: Fields) => void {
  return (fact) => {
    tell(hears, fact);
  };
}

function resolved(context: FactContext, hears: Hears): (fact: Fields) => void {
  return (fact) => {
    const { attempt } = context;
    if (attempt === undefined) return;
    if (fact.task === undefined) {
      if (fact.attempt === undefined || fact.attempt === attempt.number) tell(hears, fact);
      return;
    }
    const task = context.task(fact.task);
    if (task === undefined) return;
    if (fact.channel === undefined) tell(hears, task, fact);
    else tell(hears, task, attempt.channel(fact.channel), fact);
  };
}

/** Several probes, of different kinds each, as one. It begins with all kinds in place, so that no object grows name by name. */
export function joined(probes: readonly Probe[]): Probe {
  const all = probeOf(() => undefined);
  for (const probe of probes) Object.assign(all, probe);
  return all;
}
