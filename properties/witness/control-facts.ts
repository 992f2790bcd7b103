/**
 * Facts of control elements and checkpoints at a task: resolved to task and channel, told to the laws, then applied to the
 * witness's records.
 */
import type { ChannelId, Facts, Probe, TaskId } from '../../core/facts.ts';
import type { Attempt } from './attempt.ts';
import type { Arrival, Channel } from './channel.ts';
import type { Heard } from './heard.ts';
import type { ReplayedChannel } from './replayed-channel.ts';
import type { TaskRecord } from './task.ts';

/** What of the witness they need. */
export interface FactContext {
  readonly heard: Heard;
  readonly attempt: Attempt | undefined;
  /** A task of the newest attempt. */
  task(id: TaskId): TaskRecord | undefined;
}

interface Place {
  readonly task: TaskRecord;
  readonly channel: Channel;
}

export function controlProbe(context: FactContext): Probe {
  const at = (fact: { readonly task: TaskId; readonly channel: ChannelId }): Place | undefined => {
    const task = context.task(fact.task);
    if (task === undefined || context.attempt === undefined) return undefined;
    return { task, channel: context.attempt.channel(fact.channel) };
  };
  return {
    ...elementProbe(context, at),
    ...barrierProbe(context, at),
    ...checkpointProbe(context, at),
  };
}

type At = (fact: { readonly task: TaskId; readonly channel: ChannelId }) => Place | undefined;

/** Where an element that is data arrives: in the old channel that the task replays, or in a channel of its attempt. */
function arrivalOf(
  { task, channel }: Place,
  kind: 'watermark' | 'status',
  value: number,
): { readonly arrival: Arrival; readonly replay: ReplayedChannel | undefined } {
  if (channel.attempt === task.id.attempt) return { arrival: channel.takeControl(kind, value), replay: undefined };
  const replay = task.replayOf(channel);
  return { arrival: replay?.takeControl(kind, value) ?? 'never-sent', replay };
}

function elementProbe(context: FactContext, at: At): Probe {
  return {
    watermarkReceived: (fact) => {
      const place = at(fact);
      if (place === undefined) return;
      const { task, channel } = place;
      const { arrival, replay } = arrivalOf(place, 'watermark', fact.watermark);
      for (const hear of context.heard.watermarkReceived) hear(task, channel, fact.watermark, arrival, replay);
      if (replay !== undefined) replay.watermarkReceived = fact.watermark;
      else if (channel.attempt === task.id.attempt) channel.watermarkReceived = fact.watermark;
    },
    statusReceived: (fact) => {
      const place = at(fact);
      if (place === undefined) return;
      const { task, channel } = place;
      const { arrival, replay } = arrivalOf(place, 'status', fact.idle ? 1 : 0);
      for (const hear of context.heard.statusReceived) hear(task, channel, fact.idle, arrival, replay);
      if (channel.attempt === task.id.attempt) channel.idle = fact.idle;
    },
    watermarkSent: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      for (const hear of context.heard.watermarkSent) hear(task, fact.watermark);
      for (const channel of task.outputs) channel.sendControl('watermark', fact.watermark);
      task.watermarkSent = fact.watermark;
    },
    statusSent: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      for (const hear of context.heard.statusSent) hear(task, fact.idle);
      for (const channel of task.outputs) channel.sendControl('status', fact.idle ? 1 : 0);
      task.idleSent = fact.idle;
    },
    inputEnded: (fact) => {
      const place = at(fact);
      if (place === undefined) return;
      for (const hear of context.heard.inputEnded) hear(place.task, place.channel);
      place.channel.ended = true;
      place.channel.endedBehind = place.channel.barrier;
    },
    partitionEnded: (fact) => {
      const place = at(fact);
      if (place === undefined) return;
      for (const hear of context.heard.partitionEnded) hear(place.task, place.channel);
      place.channel.closed = true;
    },
  };
}

function barrierProbe(context: FactContext, at: At): Probe {
  return {
    triggerReceived: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      for (const hear of context.heard.triggerReceived) hear(task, fact.checkpoint);
      task.sees(fact.checkpoint);
    },
    barrierAnnounced: (fact) => {
      const place = at(fact);
      if (place === undefined) return;
      for (const hear of context.heard.barrierAnnounced) hear(place.task, place.channel, fact.checkpoint);
      place.task.knows(fact.checkpoint);
    },
    barrierReceived: (fact) => {
      const place = at(fact);
      if (place === undefined) return;
      const { task, channel } = place;
      const signal = channel.takeSignal('barrier', fact.checkpoint);
      for (const hear of context.heard.barrierReceived) hear(task, channel, fact, signal);
      if (fact.overtook) channel.overtaking = Math.max(channel.overtaking, fact.checkpoint);
      else channel.barrier = Math.max(channel.barrier, fact.checkpoint);
      channel.arrived.set(fact.checkpoint, signal?.at);
      task.sees(fact.checkpoint);
    },
    cancelReceived: (fact) => {
      const place = at(fact);
      if (place === undefined) return;
      const { task, channel } = place;
      const signal = channel.takeSignal('cancel', fact.checkpoint);
      for (const hear of context.heard.cancelReceived) hear(task, channel, fact.checkpoint, signal);
      channel.cancelled = Math.max(channel.cancelled, fact.checkpoint);
      task.knows(fact.checkpoint);
    },
    barrierSent: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      for (const hear of context.heard.barrierSent) hear(task, fact);
      for (const channel of task.outputs) channel.sendSignal('barrier', fact.checkpoint);
      task.forwarded = Math.max(task.forwarded, fact.checkpoint);
    },
    cancelSent: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      for (const hear of context.heard.cancelSent) hear(task, fact.checkpoint);
      for (const channel of task.outputs) channel.sendSignal('cancel', fact.checkpoint);
      task.forwarded = Math.max(task.forwarded, fact.checkpoint);
    },
    channelBlocked: (fact) => {
      const place = at(fact);
      if (place === undefined) return;
      for (const hear of context.heard.channelBlocked) hear(place.task, place.channel, fact.checkpoint);
    },
    channelUnblocked: (fact) => {
      const place = at(fact);
      if (place === undefined) return;
      for (const hear of context.heard.channelUnblocked) hear(place.task, place.channel, fact.checkpoint);
    },
  };
}

function checkpointProbe(context: FactContext, at: At): Probe {
  const told = <
    K extends 'channelStateOpened' | 'channelStateClosed' | 'alignmentTimedOut' | 'acknowledged' | 'notifiedAborted',
  >(
    kind: K,
  ) => {
    return (fact: Facts[K]): void => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      for (const hear of context.heard[kind]) hear(task, fact.checkpoint);
    };
  };
  const ofNewest = <F extends { readonly attempt: number }>(hears: () => readonly ((fact: F) => void)[]) => {
    return (fact: F): void => {
      if (fact.attempt !== context.attempt?.number) return;
      for (const hear of hears()) hear(fact);
    };
  };
  return {
    channelStateOpened: told('channelStateOpened'),
    channelStateClosed: told('channelStateClosed'),
    alignmentTimedOut: told('alignmentTimedOut'),
    acknowledged: told('acknowledged'),
    notifiedAborted: told('notifiedAborted'),
    outputTimedOut: (fact) => {
      const place = at(fact);
      if (place === undefined) return;
      for (const hear of context.heard.outputTimedOut) hear(place.task, place.channel, fact.checkpoint);
    },
    replayStarted: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      for (const hear of context.heard.replayStarted) hear(task, fact);
    },
    replayEnded: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      for (const hear of context.heard.replayEnded) hear(task);
      task.replays = [];
    },
    attemptRunning: ofNewest(() => context.heard.attemptRunning),
    attemptFailed: (fact) => {
      for (const hear of context.heard.attemptFailed) hear(fact);
    },
    taskFailed: (fact) => {
      for (const hear of context.heard.taskFailed) hear(fact);
    },
    checkpointAborted: ofNewest(() => context.heard.checkpointAborted),
    checkpointAcknowledged: (fact) => {
      if (fact.task.attempt !== context.attempt?.number) return;
      for (const hear of context.heard.checkpointAcknowledged) hear(fact);
    },
    checkpointTriggered: (fact) => {
      if (fact.attempt !== context.attempt?.number) return;
      for (const hear of context.heard.checkpointTriggered) hear(fact);
      context.attempt.kinds.set(fact.checkpoint, fact.kind);
    },
  };
}
