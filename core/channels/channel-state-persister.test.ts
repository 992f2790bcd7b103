/**
 * The persister of one channel against its definition, over every order of events to the fixpoint (4 ids). The reference
 * keeps the whole history and asks three questions of it; they read the newest id started, the newest whose barrier counted
 * and the newest stopped, and nothing else: those three are the key. Not here: which buffers are queued when the
 * checkpoint starts (the channel's business). Data has no event of its own: what would be kept is asked after every event.
 */
import { expect, it } from 'vitest';
import { ChannelStatePersister, type PersisterStatus } from './channel-state-persister.ts';
import { explore } from '../checkpoint/barriers/testing/explore.ts';

interface Event {
  readonly kind: 'start' | 'barrier' | 'stop';
  readonly checkpoint: number;
}
interface Observed {
  /** What a start or a barrier answers; of a stop nothing. */
  readonly answer: boolean | undefined;
  readonly status: PersisterStatus;
  readonly keepsFor: number | undefined;
}
interface Heard {
  readonly event: Event;
  /** For a barrier: whether it counted. */
  readonly counted: boolean;
}
type History = readonly Heard[];

const newestOf = (history: History, kind: Event['kind']): number =>
  Math.max(
    0,
    ...history
      .filter(({ event, counted }) => event.kind === kind && (kind !== 'barrier' || counted))
      .map(({ event }) => event.checkpoint),
  );
const newest = (history: History): number =>
  Math.max(newestOf(history, 'start'), newestOf(history, 'barrier'), newestOf(history, 'stop'));

/** A barrier is news: nothing newer has begun or come, and its checkpoint is not over. */
function counts(history: History, { kind, checkpoint }: Event): boolean {
  return kind === 'barrier' && checkpoint >= newest(history) && checkpoint > newestOf(history, 'stop');
}
/** The newest checkpoint is not over, and its barrier has come. */
function hasCome(history: History): boolean {
  const id = newest(history);
  return newestOf(history, 'barrier') === id && newestOf(history, 'stop') < id;
}
/** It has been started, is not over, and its barrier has not come. */
function kept(history: History): number | undefined {
  const id = newest(history);
  const waits = newestOf(history, 'barrier') < id && newestOf(history, 'stop') < id;
  return waits && newestOf(history, 'start') === id ? id : undefined;
}
function expected(before: History, event: Event, after: History): Observed {
  const keepsFor = kept(after);
  const status = keepsFor !== undefined ? 'pending' : hasCome(after) ? 'received' : 'completed';
  if (event.kind === 'barrier') return { answer: counts(before, event), status, keepsFor };
  const subsumed = hasCome(before) && newest(before) > event.checkpoint;
  return { answer: event.kind === 'start' ? !subsumed : undefined, status, keepsFor };
}

const EVENTS: readonly Event[] = [1, 2, 3, 4].flatMap((checkpoint) => [
  { kind: 'start', checkpoint } as const,
  { kind: 'barrier', checkpoint } as const,
  { kind: 'stop', checkpoint } as const,
]);

function apply(persister: ChannelStatePersister, { kind, checkpoint }: Event): Observed {
  let answer: boolean | undefined;
  if (kind === 'start') answer = persister.start(checkpoint);
  else if (kind === 'barrier') answer = persister.barrier(checkpoint);
  else persister.stop(checkpoint);
  return { answer, status: persister.status, keepsFor: persister.keepsFor };
}

const GOLDEN = { states: 125, edges: 1_500 };

it(`keeps in-flight data as its history defines: ${GOLDEN.states} states, ${GOLDEN.edges} edges`, () => {
  const extent = explore<ChannelStatePersister, Event, Observed, History>({
    create: () => new ChannelStatePersister(),
    apply,
    initial: [],
    enabled: () => EVENTS,
    step: (history, event, observed) => {
      const after = [...history, { event, counted: counts(history, event) }];
      expect(observed).toEqual(expected(history, event, after));
      return after;
    },
    key: (history, persister) =>
      [
        newestOf(history, 'start'),
        newestOf(history, 'barrier'),
        newestOf(history, 'stop'),
        persister.describe(),
      ].join(),
  });
  expect(extent).toEqual(GOLDEN);
});
