/** What the master of a job, streaming or batch, says to task managers of the attempt that is under way, and hears of it. */
import type { IncomingMessage, MessageHandlers } from '../messages.ts';
import { type Registration, sendTo } from './placement.ts';

/** An attempt of the job, or of a stage. */
interface Current {
  /** 0 until it is claimed. */
  readonly number: number;
  /** Deployed and not over. */
  readonly underWay: boolean;
  readonly handlers: MessageHandlers<'attempt' | 'stage', Registration | undefined>;
}

/** Answers a task manager that has registered. Without an attempt under way, tasks that still run there are cancelled. */
export function welcome(
  registration: Registration,
  leaderEpoch: number,
  lastAttempt: number,
  current: Pick<Current, 'number' | 'underWay'> | undefined,
): void {
  const header = { leaderEpoch, attempt: Math.max(lastAttempt, current?.number ?? 0), checkpoint: -1 };
  sendTo(registration, 'registered', header, {});
  if (current?.underWay !== true) sendTo(registration, 'cancel', header, {});
}

/** A message about an attempt. What a zombie or a former leader's task says is dropped here. */
export function deliverTo(
  current: Pick<Current, 'number' | 'handlers'> | undefined,
  leaderEpoch: number,
  message: IncomingMessage,
  from: Registration | undefined,
): void {
  if (message.header.leaderEpoch !== leaderEpoch || message.header.attempt !== current?.number) return;
  message.deliver(current.handlers, from);
}
