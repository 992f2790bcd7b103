/**
 * Facts of control elements and checkpoints at a task: resolved to task and channel, passed to the laws, then applied
 * to the witness's records.
 */
import type { ChannelId, Probe, TaskId } from '../../core/facts.ts';
import type { Arrival, ChannelRecord } from './channel.ts';
import type { FactContext } from './relay.ts';
import type { ReplayedChannel } from './replayed-channel.ts';
import type { TaskRecord } from './task.ts';
import { tell } from './heard.ts';

interface Place {
  readonly task: TaskRecord;
  readonly channel: ChannelRecord;
}

export function controlProbes(context: FactContext): readonly Probe[] {
  const at = (fact: { readonly task: TaskId; readonly channel: ChannelId }): Place | undefined => {
    const task = context.task(fact.task);
    if (task === undefined || context.attempt === undefined) return undefined;
    return { task, channel: context.attempt.channel(fact.channel) };
  };
  return [elementProbe(context, at), barrierProbe(context, at), checkpointProbe(context)];
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
      tell(context.heard.watermarkReceived, task, channel, fact, arrival, replay);
      if (replay !== undefined) replay.watermarkReceived = fact.watermark;
      else if (channel.attempt === task.id.attempt) channel.watermarkReceived = fact.watermark;
    },
    statusReceived: (fact) => {
      const place = at(fact);
      if (place === undefined) return;
      const { task, channel } = place;
      const { arrival, replay } = arrivalOf(place, 'status', fact.idle ? 1 : 0);
      tell(context.heard.statusReceived, task, channel, fact, arrival, replay);
      if (channel.attempt === task.id.attempt) channel.idle = fact.idle;
    },
    watermarkSent: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.watermarkSent, task, fact);
      for (const channel of task.outputs) channel.sendControl('watermark', fact.watermark);
      task.watermarkSent = fact.watermark;
    },
    statusSent: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.statusSent, task, fact);
      for (const channel of task.outputs) channel.sendControl('status', fact.idle ? 1 : 0);
      task.idleSent = fact.idle;
    },
    inputEnded: (fact) => {
      const place = at(fact);
      if (place === undefined) return;
      tell(context.heard.inputEnded, place.task, place.channel, fact);
      place.channel.ended = true;
      place.channel.endedBehind = place.channel.barrier;
    },
    partitionEnded: (fact) => {
      const place = at(fact);
      if (place === undefined) return;
      tell(context.heard.partitionEnded, place.task, place.channel, fact);
      place.channel.closed = true;
    },
  };
}

function barrierProbe(context: FactContext, at: At): Probe {
  return {
    triggerReceived: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.triggerReceived, task, fact);
      task.sees(fact.checkpoint);
    },
    barrierAnnounced: (fact) => {
      const place = at(fact);
      if (place === undefined) return;
      tell(context.heard.barrierAnnounced, place.task, place.channel, fact);
      place.task.knows(fact.checkpoint);
    },
    barrierReceived: (fact) => {
      const place = at(fact);
      if (place === undefined) return;
      const { task, channel } = place;
      const signal = channel.takeSignal('barrier', fact.checkpoint);
      tell(context.heard.barrierReceived, task, channel, fact, signal);
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
      tell(context.heard.cancelReceived, task, channel, fact, signal);
      channel.cancelled = Math.max(channel.cancelled, fact.checkpoint);
      task.knows(fact.checkpoint);
    },
    barrierSent: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.barrierSent, task, fact);
      for (const channel of task.outputs) channel.sendSignal('barrier', fact.checkpoint);
      task.forwarded = Math.max(task.forwarded, fact.checkpoint);
    },
    cancelSent: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.cancelSent, task, fact);
      for (const channel of task.outputs) channel.sendSignal('cancel', fact.checkpoint);
      task.forwarded = Math.max(task.forwarded, fact.checkpoint);
    },
  };
}

function checkpointProbe(context: FactContext): Probe {
  return {
    replayEnded: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.replayEnded, task, fact);
      task.replays = [];
    },
    checkpointAcknowledged: (fact) => {
      if (fact.task.attempt !== context.attempt?.number) return;
      tell(context.heard.checkpointAcknowledged, fact);
    },
    checkpointTriggered: (fact) => {
      if (fact.attempt !== context.attempt?.number) return;
      tell(context.heard.checkpointTriggered, fact);
      context.attempt.kinds.set(fact.checkpoint, fact.kind);
    },
  };
}
