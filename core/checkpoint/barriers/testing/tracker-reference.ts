/**
 * What a task under at-least-once has to do at an event, by definition, asked of the whole history and of what was done.
 *
 *   over      the newest checkpoint of which a snapshot was taken, or which was aborted: what is sent on rises
 *   named     the newest one that a barrier, a trigger or a cancel marker has named
 *   pending   it began and is not over. A checkpoint begins at a barrier or trigger if nothing newer was named
 *   came      of a pending one: channels with a barrier of it since it began, and all that have ever ended
 *
 * A pending savepoint is aborted as soon as something newer is named (no barrier of it can follow on that channel), and
 * with it what is older; anything is when something newer is taken or aborted. Of several that the end of a channel makes
 * complete the newest is taken. A cancel marker aborts what is pending or new; the coordinator's word does so for a savepoint only,
 * where somebody waits. All that the future can depend on: `over`, `named`, the pending
 * ones with the channels that have come, and the ended channels.
 */
import type { BarrierAction, BarrierHandlerDescription } from '../barrier-handler.ts';
import { type BarrierEvent, type BarrierReference, channelsOf, checkpointOf, missing } from './barrier-events.ts';

interface Heard {
  readonly event: BarrierEvent;
  /** The checkpoint that it is about begins with it. */
  readonly begins: boolean;
  readonly actions: readonly BarrierAction[];
}
type History = readonly Heard[];

interface Pending {
  readonly checkpoint: number;
  readonly isSavepoint: boolean;
  readonly came: readonly number[];
  readonly blocked: readonly number[];
}

function idsOf(history: History, kind: 'snapshot' | 'abort'): number[] {
  const ids: number[] = [];
  for (const { actions } of history)
    for (const action of actions) if (action.kind === kind) ids.push(action.checkpoint);
  return ids;
}
const overIn = (history: History): number => Math.max(0, ...idsOf(history, 'snapshot'), ...idsOf(history, 'abort'));
const names = ({ kind }: BarrierEvent): boolean => kind === 'barrier' || kind === 'trigger' || kind === 'cancel';
const namedIn = (history: History): number =>
  Math.max(0, ...history.filter(({ event }) => names(event)).map(({ event }) => checkpointOf(event) ?? 0));
const isOver = (history: History, checkpoint: number): boolean => checkpoint <= overIn(history);

/** The history from the event at which the checkpoint began; empty: it has not begun. */
function storyOf(history: History, checkpoint: number): History {
  const first = history.findIndex(({ event, begins }) => begins && checkpointOf(event) === checkpoint);
  return first < 0 ? [] : history.slice(first);
}
function beginsAfter(before: History, event: BarrierEvent): boolean {
  if (event.kind !== 'barrier' && event.kind !== 'trigger') return false;
  return event.barrier.checkpoint > namedIn(before);
}

const endedIn = (history: History): readonly number[] => channelsOf(history, ({ kind }) => kind === 'end');

/** Oldest first. */
function pendingIn(history: History): Pending[] {
  const ids = history.flatMap(({ event, begins }) => (begins ? [checkpointOf(event) ?? 0] : []));
  return ids
    .sort((a, b) => a - b)
    .flatMap((checkpoint) => {
      const story = storyOf(history, checkpoint);
      const opening = story[0]?.event;
      if (opening === undefined || !('barrier' in opening) || isOver(history, checkpoint)) return [];
      const blocked = channelsOf(story, (event) => event.kind === 'barrier' && event.barrier.checkpoint === checkpoint);
      const came = [...new Set([...endedIn(history), ...blocked])].sort((a, b) => a - b);
      const isSavepoint = opening.barrier.blocks;
      return [{ checkpoint, isSavepoint, came, blocked: isSavepoint ? blocked : [] }];
    });
}

export class TrackerReference implements BarrierReference {
  readonly #history: History;
  readonly #channels: number;
  readonly #pending: readonly Pending[];

  constructor(channels: number, history: History = []) {
    this.#history = history;
    this.#channels = channels;
    this.#pending = pendingIn(history);
  }

  heard(event: BarrierEvent): { readonly next: TrackerReference; readonly actions: readonly BarrierAction[] } {
    const before = this.#pending;
    const actions: BarrierAction[] = givenUpBy(this.#history, before, event);
    const checkpoint = checkpointOf(event) ?? 0;
    const history = [...this.#history, { event, begins: beginsAfter(this.#history, event), actions }];
    const pending = pendingIn(history);
    const isLive = pending.some((one) => one.checkpoint === checkpoint);
    if (event.kind === 'barrier' && !isLive) actions.push({ kind: 'obsolete', checkpoint });
    const complete = pending.findLast(({ came }) => came.length === this.#channels);
    if (complete !== undefined) {
      for (const one of pendingIn(history))
        if (one.checkpoint < complete.checkpoint) actions.push(...aborted(one, 'subsumed'));
      actions.push({ kind: 'snapshot', checkpoint: complete.checkpoint, unaligned: false });
      const wasBlocked = before.some((one) => one.checkpoint === complete.checkpoint && one.blocked.length > 0);
      if (wasBlocked) actions.push({ kind: 'unblock', checkpoint: complete.checkpoint });
    }
    const waits = pendingIn(history).some((one) => one.isSavepoint && one.checkpoint === checkpoint);
    if (event.kind === 'barrier' && waits) actions.push({ kind: 'block', channel: event.channel, checkpoint });
    return { next: new TrackerReference(this.#channels, history), actions };
  }

  get waitsFor(): BarrierReference['waitsFor'] {
    const pending = this.#pending;
    const one = pending.find(({ isSavepoint }) => isSavepoint) ?? pending[0];
    return one === undefined ? undefined : { checkpoint: one.checkpoint, channels: missing(one.came, this.#channels) };
  }

  describe(): BarrierHandlerDescription {
    const pending = this.#pending;
    const ended = endedIn(this.#history);
    const sets = [ended, ...pending.flatMap(({ came, blocked }) => [came, blocked])];
    const kinds = pending.map(({ checkpoint, isSavepoint }) => `${checkpoint}${isSavepoint ? 's' : ''}`);
    return {
      shared: `${overIn(this.#history)} named ${namedIn(this.#history)} pending ${kinds.join()}`,
      channels: Array.from({ length: this.#channels }, (_, channel) =>
        sets.map((set) => Number(set.includes(channel))).join(''),
      ),
    };
  }
}

/** Ascending: what is sent on rises. */
function givenUpBy(history: History, pending: readonly Pending[], event: BarrierEvent): BarrierAction[] {
  const checkpoint = checkpointOf(event) ?? 0;
  const abortedWhere = (matches: (id: number) => boolean, cause: 'subsumed' | 'cancelled'): BarrierAction[] =>
    pending.filter((one) => matches(one.checkpoint)).flatMap((one) => aborted(one, cause));
  const own = pending.find((one) => one.checkpoint === checkpoint);
  const savepoint = pending.find((one) => one.isSavepoint);
  const isCancelled =
    event.kind === 'cancel'
      ? own !== undefined || checkpoint > namedIn(history)
      : event.kind === 'abort' && own !== undefined && own === savepoint;
  if (isCancelled) {
    const upTo = savepoint !== undefined && savepoint.checkpoint < checkpoint ? savepoint.checkpoint : 0;
    return [
      ...abortedWhere((id) => id <= upTo, 'subsumed'),
      ...abortedWhere((id) => id > upTo && id < checkpoint, 'cancelled'),
      ...(own === undefined ? [cancelled(checkpoint)] : aborted(own, 'cancelled')),
    ];
  }
  if (!names(event) || savepoint === undefined || savepoint.checkpoint >= checkpoint) return [];
  return abortedWhere((id) => id <= savepoint.checkpoint, 'subsumed');
}

function cancelled(checkpoint: number): BarrierAction {
  return { kind: 'abort', checkpoint, cause: 'cancelled' };
}

function aborted({ checkpoint, blocked }: Pending, cause: 'subsumed' | 'cancelled'): BarrierAction[] {
  const abort: BarrierAction = { kind: 'abort', checkpoint, cause };
  return blocked.length > 0 ? [abort, { kind: 'unblock', checkpoint }] : [abort];
}
