/**
 * What a task under exactly-once has to do at an event, by definition: every question is asked of the whole history.
 *
 *   named     the newest checkpoint that a barrier, announcement, trigger or cancel marker has named
 *   story     of a checkpoint: what came from its first barrier, announcement or trigger on, if it was newer than `named`
 *   came      channels with a barrier of it in its story, and all that have ever ended
 *   turned    in its story a barrier of it overtook, or its timeout came when some barrier of it had
 *   pending   it is `named`, has a story, there is no cancel or abort in it, and a channel is missing in `came`
 *
 * Everything asked of a checkpoint reads its own story and the set of ended channels. So all that the future can depend on
 * is `named`; and if it is pending what its story holds: which channels have come, which of them in turn, whether one
 * has come or ended since it began, whether it has turned, whether its timeout has come.
 */
import type { BarrierAction, BarrierHandlerDescription } from '../barrier-handler.ts';
import { type BarrierEvent, type BarrierReference, channelsOf, checkpointOf, missing } from './barrier-events.ts';

/** `heeded`: all but an abort of what is not pending. */
interface Heard {
  readonly event: BarrierEvent;
  readonly heeded: boolean;
}
type History = readonly Heard[];

interface View {
  readonly named: number;
  readonly pending: number | undefined;
  readonly turned: boolean;
  readonly late: boolean;
  /** Channels from which a barrier of the named checkpoint, or the end, has come. */
  readonly came: readonly number[];
  readonly blocked: readonly number[];
  /** Some barrier has come since it began. */
  readonly anyCame: boolean;
  readonly ended: readonly number[];
}

const begins = ({ kind }: BarrierEvent): boolean => kind === 'barrier' || kind === 'announcement' || kind === 'trigger';
const givesUp = ({ kind }: BarrierEvent): boolean => kind === 'cancel' || kind === 'abort';

function namedIn(history: History): number {
  let named = 0;
  for (const { event, heeded } of history) {
    if (heeded && (begins(event) || givesUp(event))) named = Math.max(named, checkpointOf(event) ?? 0);
  }
  return named;
}

/** Empty: it never began here. */
function storyOf(history: History, checkpoint: number): History {
  const first = history.findIndex(
    ({ event, heeded }) => heeded && event.kind !== 'timeout' && checkpointOf(event) === checkpoint,
  );
  const opening = history[first];
  return opening !== undefined && begins(opening.event) ? history.slice(first) : [];
}

const isCounted = ({ event }: Heard, checkpoint: number): boolean =>
  event.kind === 'barrier' && event.barrier.checkpoint === checkpoint;

function turnsAt(story: History, index: number, checkpoint: number): boolean {
  const event = story[index]?.event;
  if (event === undefined || checkpointOf(event) !== checkpoint) return false;
  if (event.kind === 'barrier') return event.barrier.overtook;
  return event.kind === 'timeout' && story.slice(0, index).some((heard) => isCounted(heard, checkpoint));
}

function viewOf(history: History, channels: number): View {
  const named = namedIn(history);
  const story = storyOf(history, named);
  const ended = channelsOf(history, ({ kind }) => kind === 'end');
  const barriers = channelsOf(story, (event) => event.kind === 'barrier' && event.barrier.checkpoint === named);
  const came = [...new Set([...ended, ...barriers])].sort((a, b) => a - b);
  const isGivenUp = story.some(({ event, heeded }) => heeded && givesUp(event) && checkpointOf(event) === named);
  const isPending = story.length > 0 && !isGivenUp && came.length < channels;
  return {
    named,
    pending: isPending ? named : undefined,
    turned: story.some((_, index) => turnsAt(story, index, named)),
    late: story.some(({ event }) => event.kind === 'timeout' && event.checkpoint === named),
    came,
    blocked: isPending
      ? channelsOf(
          story,
          (event) => event.kind === 'barrier' && event.barrier.checkpoint === named && !event.barrier.overtook,
        )
      : [],
    anyCame: story.some((heard) => isCounted(heard, named)),
    ended,
  };
}

export class SingleReference implements BarrierReference {
  readonly #history: History;
  readonly #channels: number;
  readonly #view: View;

  constructor(channels: number, history: History = []) {
    this.#history = history;
    this.#channels = channels;
    this.#view = viewOf(history, channels);
  }

  heard(event: BarrierEvent): { readonly next: SingleReference; readonly actions: readonly BarrierAction[] } {
    const heard = { event, heeded: event.kind !== 'abort' || event.checkpoint === this.#view.pending };
    const next = new SingleReference(this.#channels, [...this.#history, heard]);
    return { next, actions: actionsOf(event, this.#view, next.#view) };
  }

  get waitsFor(): BarrierReference['waitsFor'] {
    const { pending, came } = this.#view;
    return pending === undefined ? undefined : { checkpoint: pending, channels: missing(came, this.#channels) };
  }

  describe(): BarrierHandlerDescription {
    const { named, pending, turned, late, came, blocked, anyCame, ended } = this.#view;
    const ofChannel = (channel: number): boolean[] =>
      pending === undefined ? [ended.includes(channel)] : [ended, came, blocked].map((set) => set.includes(channel));
    return {
      shared: [named, ...(pending === undefined ? [] : [turned, late, anyCame])].join(),
      channels: Array.from({ length: this.#channels }, (_, channel) => ofChannel(channel).map(Number).join('')),
    };
  }
}

/** In the order in which they are to be done: the older checkpoint's end, then this one's begin, turn and end. */
function actionsOf(event: BarrierEvent, before: View, after: View): BarrierAction[] {
  const older =
    before.pending !== undefined && after.named > before.pending ? ended(before, before.pending, 'subsumed') : [];
  const checkpoint = checkpointOf(event) ?? before.pending ?? 0;
  const isNew = after.named > before.named && checkpoint === after.named;
  if (!isNew && before.pending !== checkpoint) {
    return event.kind === 'barrier' ? [{ kind: 'obsolete', checkpoint }] : [];
  }
  if (givesUp(event)) {
    const isPending = before.pending === checkpoint;
    return [...older, ...(isPending ? ended(before, checkpoint, 'cancelled') : [cancelled(checkpoint)])];
  }
  return [...older, ...progress(event, checkpoint, isNew, before, after)];
}

function progress(event: BarrierEvent, checkpoint: number, isNew: boolean, before: View, after: View): BarrierAction[] {
  const actions: BarrierAction[] = [];
  const wasTurned = !isNew && before.turned;
  const wasLate = !isNew && before.late;
  const isArrival = event.kind === 'barrier' || event.kind === 'announcement';
  if (isNew && isArrival && event.barrier.timed && !event.barrier.overtook)
    actions.push({ kind: 'await-timeout', checkpoint });
  if (event.kind === 'announcement' && (wasTurned || wasLate)) actions.push({ kind: 'prioritize', checkpoint });
  if (event.kind === 'timeout' && !wasTurned) actions.push({ kind: 'prioritize', checkpoint });
  if (after.turned && !wasTurned) {
    if (event.kind === 'barrier') actions.push({ kind: 'prioritize', checkpoint });
    actions.push({ kind: 'start', checkpoint }, { kind: 'snapshot', checkpoint, unaligned: true });
  }
  if (event.kind === 'barrier' && !event.barrier.overtook && after.pending === checkpoint) {
    actions.push({ kind: 'block', channel: event.channel, checkpoint });
  }
  if (after.pending === checkpoint) return actions;
  actions.push(after.turned ? { kind: 'stop', checkpoint } : { kind: 'snapshot', checkpoint, unaligned: false });
  if (!isNew && before.blocked.length > 0) actions.push({ kind: 'unblock', checkpoint });
  return actions;
}

function ended(view: View, checkpoint: number, cause: 'subsumed' | 'cancelled'): BarrierAction[] {
  const actions: BarrierAction[] = [{ kind: 'abort', checkpoint, cause }];
  if (view.turned) actions.push({ kind: 'stop', checkpoint });
  if (view.blocked.length > 0) actions.push({ kind: 'unblock', checkpoint });
  return actions;
}

function cancelled(checkpoint: number): BarrierAction {
  return { kind: 'abort', checkpoint, cause: 'cancelled' };
}
