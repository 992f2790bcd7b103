/**
 * What the channels and the coordinator can bring to a barrier handler next, if everyone keeps to the protocol.
 *
 * Of a channel's queue only what somebody has seen is held: the announced barriers that wait in it. Anything else that
 * may stand before them is decided when it is delivered, which gives the same orders with far fewer states.
 *
 *   in turn        rising ids; an id may be passed over; nothing while the channel is blocked, nothing after the end
 *   announced      a timed barrier, behind everything that was sent; announced even if the channel is blocked
 *   overtaking     an unaligned barrier, or a timed one whose sender overtook, or a queued one that the task has made
 *                  overtake: comes even if the channel is blocked; rising ids, so a queued one that a newer one has overtaken
 *                  takes its turn
 *   trigger n      all senders have finished: no channel brings n or anything newer any more
 *   timeout n      at any time once a timed barrier of n is known: more often than the one time that the handler asks for
 *   abort n        at any time, again and again
 *
 * Every checkpoint has one style, chosen with its first event. Not here: data, credits, time.
 */
import type { BarrierAction, BarrierHandlerDescription, BarrierInfo } from '../barrier-handler.ts';
import { type BarrierEvent, barrierOf, type BarrierStyle } from './barrier-events.ts';

interface ChannelWorld {
  /** The newest id delivered in turn. */
  readonly last: number;
  /** Ids that were delivered by overtaking and are newer than that. */
  readonly early: readonly number[];
  /** Announced and not yet delivered, in the order of the queue. */
  readonly queued: readonly number[];
  /** Those of `queued` that the task has made overtake. */
  readonly hurried: readonly number[];
  readonly blocked: boolean;
  readonly ended: boolean;
}

export interface World {
  readonly styles: readonly BarrierStyle[];
  /** By id - 1. */
  readonly styleOf: readonly (BarrierStyle | undefined)[];
  readonly channels: readonly ChannelWorld[];
  readonly triggered: readonly number[];
}

export function worldOf(channels: number, ids: number, styles: readonly BarrierStyle[]): World {
  const channel: ChannelWorld = { last: 0, early: [], queued: [], hurried: [], blocked: false, ended: false };
  return {
    styles,
    styleOf: Array.from({ length: ids }, () => undefined),
    channels: Array.from({ length: channels }, () => channel),
    triggered: [],
  };
}

/** The newest id that the sender is known to have sent. */
function sentOn({ last, early, queued }: ChannelWorld): number {
  return Math.max(last, ...early, ...queued);
}

/** A barrier of the checkpoint may still come on the channel, as things stand. */
export function canBring(world: World, channel: number, checkpoint: number): boolean {
  const here = world.channels[channel];
  if (here === undefined || here.ended || here.blocked) return false;
  return here.last < checkpoint && !here.early.includes(checkpoint);
}

export function possibleIn(world: World): BarrierEvent[] {
  const ids = world.styleOf.map((_, index) => index + 1);
  const events = ids.flatMap((checkpoint) => fromCoordinator(world, checkpoint));
  world.channels.forEach((here, channel) => {
    if (here.ended) return;
    for (const checkpoint of ids) events.push(...onChannel(world, here, channel, checkpoint));
    if (!here.blocked && here.queued.length === 0) events.push({ kind: 'end', channel });
  });
  return events;
}

function stylesFor(world: World, checkpoint: number): readonly BarrierStyle[] {
  const style = world.styleOf[checkpoint - 1];
  return style === undefined ? world.styles : [style];
}

function fromCoordinator(world: World, checkpoint: number): BarrierEvent[] {
  const events: BarrierEvent[] = [{ kind: 'abort', checkpoint }];
  if (world.styleOf[checkpoint - 1] === 'timed') events.push({ kind: 'timeout', checkpoint });
  const isOpen =
    world.channels.every((here) => sentOn(here) < checkpoint) && checkpoint > Math.max(0, ...world.triggered);
  if (!isOpen) return events;
  for (const style of stylesFor(world, checkpoint)) {
    events.push({ kind: 'trigger', barrier: barrierOf(checkpoint, style, false) });
  }
  return events;
}

function onChannel(world: World, here: ChannelWorld, channel: number, checkpoint: number): BarrierEvent[] {
  const events: BarrierEvent[] = [];
  const isQueued = here.queued.includes(checkpoint);
  const isSent = world.triggered.some((triggered) => checkpoint >= triggered);
  if (isSent && !isQueued) return events;
  const isNews = checkpoint > here.last && !here.early.includes(checkpoint);
  const isNext = !here.blocked && isNews && checkpoint <= (here.queued[0] ?? checkpoint);
  const isNew = checkpoint > sentOn(here);
  if (isNext && !isQueued) events.push({ kind: 'cancel', channel, checkpoint });
  for (const style of stylesFor(world, checkpoint)) {
    const inTurn: BarrierEvent = { kind: 'barrier', channel, barrier: barrierOf(checkpoint, style, false) };
    const overtaking: BarrierEvent = { kind: 'barrier', channel, barrier: barrierOf(checkpoint, style, true) };
    const isHurried = here.hurried.includes(checkpoint);
    if (style === 'timed') {
      if (isQueued && isNext && !isHurried) events.push(inTurn);
      if (isNew) events.push({ kind: 'announcement', channel, barrier: barrierOf(checkpoint, style, false) });
      if (isNew || isHurried) events.push(overtaking);
    } else if (style === 'unaligned') {
      if (isNew) events.push(overtaking);
    } else if (isNext) events.push(inTurn);
  }
  return events;
}

export function worldAfter(world: World, event: BarrierEvent, actions: readonly BarrierAction[]): World {
  let next = world;
  if ('channel' in event) {
    const channels = world.channels.map((here, index) => (index === event.channel ? channelAfter(here, event) : here));
    next = { ...next, channels };
  }
  if ('barrier' in event) {
    const styleOf = next.styleOf.with(event.barrier.checkpoint - 1, styleIn(world, event.barrier));
    next = { ...next, styleOf };
  }
  if (event.kind === 'trigger') next = { ...next, triggered: [...next.triggered, event.barrier.checkpoint] };
  for (const action of actions) next = worldAfterAction(next, action);
  return next;
}

function styleIn(world: World, barrier: BarrierInfo): BarrierStyle {
  if (!barrier.blocks) return 'loose';
  if (barrier.timed) return 'timed';
  if (barrier.overtook || !world.styles.includes('aligned')) return 'unaligned';
  return 'aligned';
}

function channelAfter(here: ChannelWorld, event: BarrierEvent): ChannelWorld {
  switch (event.kind) {
    case 'announcement':
      return { ...here, queued: [...here.queued, event.barrier.checkpoint] };
    case 'barrier': {
      const { checkpoint, overtook } = event.barrier;
      const queued = here.queued.filter((id) => id !== checkpoint);
      const hurried = here.hurried.filter((id) => (overtook ? id > checkpoint : id !== checkpoint));
      if (!overtook)
        return { ...here, queued, hurried, last: checkpoint, early: here.early.filter((id) => id > checkpoint) };
      const early = checkpoint > here.last ? [...here.early, checkpoint].sort((a, b) => a - b) : here.early;
      return { ...here, queued, hurried, early };
    }
    case 'cancel':
      return { ...here, last: event.checkpoint, early: here.early.filter((id) => id > event.checkpoint) };
    case 'end':
      return { ...here, ended: true };
    case 'trigger':
    case 'abort':
    case 'timeout':
      return here;
  }
}

function worldAfterAction(world: World, action: BarrierAction): World {
  switch (action.kind) {
    case 'block':
      return { ...world, channels: world.channels.map((here, index) => blockedAt(here, index === action.channel)) };
    case 'unblock':
      return { ...world, channels: world.channels.map((here) => ({ ...here, blocked: false })) };
    case 'prioritize':
      return { ...world, channels: world.channels.map((here) => hurriedIn(here, action.checkpoint)) };
    case 'await-timeout':
    case 'obsolete':
    case 'start':
    case 'stop':
    case 'snapshot':
    case 'abort':
      return world;
  }
}

function blockedAt(here: ChannelWorld, isIt: boolean): ChannelWorld {
  return isIt ? { ...here, blocked: true } : here;
}

function withId(ids: readonly number[], id: number): readonly number[] {
  return ids.includes(id) ? ids : [...ids, id].sort((a, b) => a - b);
}

/** Only what is queued now: for a barrier that is announced later it has to be asked again. */
function hurriedIn(here: ChannelWorld, checkpoint: number): ChannelWorld {
  if (here.early.some((id) => id > checkpoint)) return here;
  return here.queued.includes(checkpoint) ? { ...here, hurried: withId(here.hurried, checkpoint) } : here;
}

/** The complete world, for a canonical description of a state. */
export function describeWorld({ styleOf, channels, triggered }: World): BarrierHandlerDescription {
  return {
    shared: `${styleOf.join()} ${triggered.join()}`,
    channels: channels.map(({ last, early, queued, hurried, blocked, ended }) =>
      [last, early.join(), queued.join(), hurried.join(), Number(blocked), Number(ended)].join('/'),
    ),
  };
}
