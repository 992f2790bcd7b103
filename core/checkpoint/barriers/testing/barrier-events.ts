/**
 * What can happen to a barrier handler, as values, for the tests that explore it. A cancel marker names its channel: the
 * handler does not ask, the world must know.
 */
import type { BarrierAction, BarrierHandler, BarrierHandlerDescription, BarrierInfo } from '../barrier-handler.ts';

export type BarrierEvent =
  | { readonly kind: 'barrier' | 'announcement'; readonly channel: number; readonly barrier: BarrierInfo }
  | { readonly kind: 'trigger'; readonly barrier: BarrierInfo }
  | { readonly kind: 'cancel'; readonly channel: number; readonly checkpoint: number }
  | { readonly kind: 'abort' | 'timeout'; readonly checkpoint: number }
  | { readonly kind: 'end'; readonly channel: number };

export function applied(handler: BarrierHandler, event: BarrierEvent): readonly BarrierAction[] {
  switch (event.kind) {
    case 'barrier':
      return handler.onBarrier(event.channel, event.barrier);
    case 'announcement':
      return handler.onAnnouncement(event.channel, event.barrier);
    case 'trigger':
      return handler.onTrigger(event.barrier);
    case 'cancel':
      return handler.onCancel(event.checkpoint);
    case 'abort':
      return handler.onAbort(event.checkpoint);
    case 'timeout':
      return handler.onTimeout(event.checkpoint);
    case 'end':
      return handler.onEnd(event.channel);
  }
}

/** The checkpoint that the event is about. */
export function checkpointOf(event: BarrierEvent): number | undefined {
  if ('barrier' in event) return event.barrier.checkpoint;
  return event.kind === 'end' ? undefined : event.checkpoint;
}

/** The channels of the events that match, each once, in order. A loop, because the references spend their time here. */
export function channelsOf(
  history: readonly { readonly event: BarrierEvent }[],
  matches: (event: BarrierEvent) => boolean,
): readonly number[] {
  const channels: number[] = [];
  for (const { event } of history) {
    if ('channel' in event && matches(event) && !channels.includes(event.channel)) channels.push(event.channel);
  }
  return channels.sort((a, b) => a - b);
}

/** Channels that have not come. */
export function missing(came: readonly number[], channels: number): number[] {
  return Array.from({ length: channels }, (_, channel) => channel).filter((channel) => !came.includes(channel));
}

/**
 * How barriers of one checkpoint come: in turn; in turn but announced and free to overtake; overtaking from the start; in
 * turn without anyone waiting at them.
 */
export type BarrierStyle = 'aligned' | 'timed' | 'unaligned' | 'loose';

export function barrierOf(checkpoint: number, style: BarrierStyle, overtook: boolean): BarrierInfo {
  return { checkpoint, overtook, timed: style === 'timed', blocks: style !== 'loose' };
}

/** A reference: immutable, it knows the whole history and says what has to be done. */
export interface BarrierReference {
  heard(event: BarrierEvent): { readonly next: BarrierReference; readonly actions: readonly BarrierAction[] };
  /** What the handler has to say that it waits for. */
  readonly waitsFor: BarrierHandler['waitsFor'];
  /** All of the history on which a later answer can depend. */
  describe(): BarrierHandlerDescription;
}
