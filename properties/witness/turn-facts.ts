/**
 * Facts of turns: where one begins, what it reads and does, and where it ends. They are passed to the laws and
 * collected in the turn buffer; `TurnJudge` makes of it what it means.
 */
import type { Probe, TaskId } from '../../core/facts.ts';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../../core/job/functions.ts';
import type { TaskRecord } from './task.ts';
import type { EffectBuffer, TurnBuffer } from './turn.ts';
import { asyncAt, causeAt, type TurnContext, type TurnJudge } from './turn-judge.ts';
import { tell } from './heard.ts';

export function turnProbe(context: TurnContext, judge: TurnJudge): Probe {
  const { turn } = judge;
  const begin = (kind: TurnBuffer['kind'], task: TaskRecord): void => {
    if (task.inTurn) judge.irregular(task, 'unfinished-turn', 'a turn begins before the last one has ended');
    turn.begin(kind, task);
    task.inTurn = true;
  };
  const inTurn = (task: TaskRecord, what: string): boolean => {
    if (turn.isOpenFor === task) return true;
    judge.irregular(task, 'stray-effect', `${what} outside any turn of the task`);
    return false;
  };
  /** Where what a turn reads, and what its operator says of it, is kept until the turn ends. */
  const effectsOf = (id: TaskId, what: string): EffectBuffer | undefined => {
    const task = context.task(id);
    return task !== undefined && inTurn(task, what) ? turn.effects : undefined;
  };
  return {
    eventTimerFired: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined || !inTurn(task, 'an event-time timer fired')) return;
      if (turn.kind !== 'advance') {
        judge.irregular(
          task,
          'stray-effect',
          'an event-time timer fired in a turn that is no advance of the watermark',
        );
      }
      turn.fire(fact);
      if (context.trace) turn.cause = judge.timerCause(task, fact.keyGroup, fact.timestamp);
    },
    sent: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined || context.attempt === undefined) return;
      const channel = context.attempt.channel(fact.channel);
      tell(context.heard.sent, task, channel, fact);
      channel.send(fact.value, fact.timestamp, turn.cause);
      if (inTurn(task, 'a record was sent')) turn.effects.sends.push(fact);
    },
    sinkWritten: (fact) => {
      tell(context.heard.sinkWritten, fact);
      const task = context.task(fact.task);
      if (task !== undefined && inTurn(task, 'a sink was written to')) turn.effects.writes.push(fact);
    },
    turnEnded: ({ task: id }) => {
      const task = context.task(id);
      if (task !== undefined && inTurn(task, 'a turn ended')) judge.end(task);
    },
    taskFailed: (fact) => {
      const task = context.task(fact.task);
      const { fault } = fact;
      // Key functions and partitioners of other operators are called in the turn, too: the model calls none of those.
      const inTurnOfModel = fault !== undefined && task !== undefined && turn.isOpenFor === task;
      const isRepeated = inTurnOfModel && judge.repeats(fault, task) && judge.runs(task, fault.operator);
      const modelled = isRepeated ? judge.failed(task) : undefined;
      tell(context.heard.taskFailed, fact, modelled);
    },
    clockRead: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.clockRead, task, fact);
      if (inTurn(task, 'the clock was read')) turn.effects.clock.push(fact.now);
    },
    stateAdopted: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.stateAdopted, task, fact);
      if (fact.touch !== undefined) task.touches.set(fact.state, fact.touch);
    },
    stateCleaned: (fact) => {
      const effects = effectsOf(fact.task, 'state was cleaned up');
      effects?.cleaned.push({ state: fact.state, key: fact.key, after: effects.clock.length });
    },
    randomDrawn: (fact) => effectsOf(fact.task, 'a number was drawn')?.random.push(fact),
    recordLate: (fact) => effectsOf(fact.task, 'a record was late')?.late.push(fact),
    recordUnassigned: (fact) => effectsOf(fact.task, 'a record was in no window')?.unassigned.push(fact),
    windowAdded: (fact) => effectsOf(fact.task, 'a window took a record')?.added.push(fact),
    paneFired: (fact) => effectsOf(fact.task, 'a pane fired')?.panes.push(fact),
    ...requests(context),
    asyncRequested: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.asyncRequested, task, fact);
      effectsOf(fact.task, 'a service was asked')?.requests.push(fact);
    },
    pairJoined: (fact) => effectsOf(fact.task, 'a pair was joined')?.pairs.push(fact),
    ...beginnings(context, judge, begin),
  };
}

/** What happens between turns to requests to an external service. */
function requests(context: TurnContext): Probe {
  const { heard } = context;
  return {
    asyncSent: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(heard.asyncSent, task, fact);
      asyncAt(task)?.sent(fact.element, fact.nth);
    },
    asyncAnswered: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(heard.asyncAnswered, task, fact);
      asyncAt(task)?.answered(fact.element, fact.nth, fact.outcome, fact.value);
    },
    asyncTimedOut: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(heard.asyncTimedOut, task, fact);
      asyncAt(task)?.timedOut(fact.element);
    },
  };
}

/** The kinds of turns: the end of a key is an advance of one key group. */
function beginnings(
  context: TurnContext,
  judge: TurnJudge,
  begin: (kind: TurnBuffer['kind'], task: TaskRecord) => void,
): Probe {
  const { turn } = judge;
  return {
    sourceRecord: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.sourceRecord, task, fact);
      begin('source', task);
      turn.source = fact;
      if (context.trace) {
        const origin = { place: `${task.vertex.uid}/${fact.split}`, turn: fact.offset };
        turn.cause = { what: `${fact.split}@${fact.offset}`, because: undefined, origin };
      }
    },
    recordProcessed: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined || context.attempt === undefined) return;
      const channel = context.attempt.channel(fact.channel);
      const isOwn = channel.attempt === context.attempt.attemptOf(channel.edge);
      const replay = isOwn ? undefined : task.replayOf(channel);
      tell(context.heard.recordProcessed, task, channel, fact, replay);
      if (isOwn) channel.received = fact.seq + 1;
      else replay?.takeRecord(fact.seq);
      begin('record', task);
      turn.record = fact;
      turn.channel = channel;
      if (context.trace) turn.cause = causeAt(task, channel.causes[fact.seq], '');
    },
    watermarkAdvanced: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.watermarkAdvanced, task, fact);
      begin('advance', task);
      turn.watermarkBefore = task.watermark;
      turn.watermark = fact.watermark;
      task.watermark = fact.watermark;
    },
    keyEnded: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.keyEnded, task, fact);
      begin('advance', task);
      turn.watermarkBefore = MIN_TIMESTAMP;
      turn.watermark = MAX_TIMESTAMP;
      turn.endsKeyOf = fact.keyGroup;
      task.endsKey = true;
      if (task.vertex.groups[fact.keyGroup] !== undefined) task.vertex.ownGroup(fact.keyGroup).model?.closeTimers();
    },
    keyCleared: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.keyCleared, task, fact);
      task.endsKey = false;
      task.vertex.forgetKey(fact.keyGroup);
    },
    asyncResumed: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.asyncResumed, task, fact);
      begin('resumed', task);
      turn.resumed = fact;
      if (context.trace) turn.cause = judge.resultCause(task, 'asks again');
    },
    asyncCompleted: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.asyncCompleted, task, fact);
      begin('completed', task);
      turn.completed = fact;
      if (context.trace) turn.cause = judge.resultCause(task, `result of element ${fact.element}`);
    },
    processingTimerFired: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.processingTimerFired, task, fact);
      begin('timer', task);
      turn.timer = fact;
      if (context.trace) turn.cause = judge.timerCause(task, fact.keyGroup, fact.timestamp);
    },
  };
}
